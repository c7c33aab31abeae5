import type { BotId } from '../../media.js'
import { program } from '../words.js'
import { bad, doubtful, type Finding, good, unknown } from './finding.js'

/** How a bot fares, as the running server or a log-in tells. */
export interface BotState {
  readonly username: string | null
  readonly state: string
  readonly reason?: string
  readonly until?: string
}

/** Why nobody was asked how the bots are, and what to do. */
export interface Unasked {
  readonly why: string
  readonly remedy: string
}

export const noServer: Unasked = { why: 'no server runs', remedy: `start the server and ask again, or let the doctor log the bots in: ${program} doctor --login` }
export const serverElsewhere: Unasked = { why: 'the server runs elsewhere', remedy: 'run the doctor where the server runs, with the server\'s settings' }
export const notOnline: Unasked = { why: 'the bot has not been online since', remedy: 'look at what is said of the bot, and ask again when it is online' }
export const noTelegram: Unasked = { why: 'Telegram cannot be reached', remedy: 'mend that first, then ask again' }

/** Judges a bot. `index`: its place among the tokens. `isServed`: a server told of it, which has a log. */
export function examineBot (index: number, id: BotId, bot: BotState | Unasked, isServed = true): Finding {
  const name = `bot ${index + 1} (${'why' in bot || bot.username === null ? id : `@${bot.username}`})`
  if ('why' in bot) return unknown(name, `not looked at, since ${bot.why}`, bot.remedy)
  const reason = bot.reason ?? bot.state
  switch (bot.state) {
    case 'online': return good(name, 'online')
    case 'gone': return bad(name, reason, 'take the current token from @BotFather (/token) into BOT_TOKENS; where the reason names API_ID, take that from https://my.telegram.org/apps')
    case 'resting': return doubtful(name, `${reason}${bot.until === undefined ? '' : `, until ${bot.until}`}`, 'wait: it comes back by itself. Do not restart, which makes the wait longer, and keep the database, which holds its session')
    default: return doubtful(name, `${bot.state}: ${reason}`, `ask again in half a minute; where that stays so, look at the reason${isServed ? ' and at the server\'s log' : ''}`)
  }
}

/** Judges a bot's rights in the storage chat. `problem`: what is wrong; or why nobody looked. */
export function examineStorage (index: number, id: BotId, problem: string | null | Unasked, seenAt: Date | null): Finding {
  const name = `STORAGE_CHAT_ID, bot ${index + 1} (${id})`
  const when = seenAt === null ? '' : ` (seen ${seenAt.toISOString()})`
  if (problem === null) return good(name, `may post${when}`)
  if (typeof problem !== 'string') return unknown(name, `not looked at, since ${problem.why}`, problem.remedy)
  return bad(name, `${problem.split(': ')[0]}${when}`, problem.split(': ').slice(1).join(': '))
}
