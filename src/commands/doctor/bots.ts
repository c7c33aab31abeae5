import type { BotId } from '../../media.js'
import { bad, doubtful, type Finding, good, unknown } from './finding.js'

/** How a bot fares, as the running server or a log-in tells. */
export interface BotState {
  readonly username: string | null
  readonly state: string
  readonly reason?: string
  readonly until?: string
}

/** Judges a bot. `index`: its place among the tokens. `state`: `null` where nobody could be asked. */
export function examineBot (index: number, id: BotId, bot: BotState | null): Finding {
  const name = `bot ${index + 1} (${bot?.username == null ? id : `@${bot.username}`})`
  if (bot === null) return unknown(name, 'not looked at, since no server runs', 'start the server and ask again, or let the doctor log the bots in: teleferry doctor --login')
  const reason = bot.reason ?? bot.state
  switch (bot.state) {
    case 'online': return good(name, 'online')
    case 'gone': return bad(name, reason, 'take the current token from @BotFather (/token) into BOT_TOKENS; where the reason names API_ID, take that from https://my.telegram.org/apps')
    case 'resting': return doubtful(name, `${reason}${bot.until === undefined ? '' : `, until ${bot.until}`}`, 'wait: it comes back by itself. Do not restart, which makes the wait longer, and keep the database, which holds its session')
    default: return doubtful(name, `${bot.state}: ${reason}`, 'ask again in half a minute; where that stays so, look at the reason and at the server\'s log')
  }
}

/** Judges a bot's rights in the storage chat. `problem`: what is wrong; `undefined` where nobody looked. */
export function examineStorage (index: number, id: BotId, problem: string | null | undefined, seenAt: Date | null): Finding {
  const name = `STORAGE_CHAT_ID, bot ${index + 1} (${id})`
  const when = seenAt === null ? '' : ` (seen ${seenAt.toISOString()})`
  if (problem === undefined) return unknown(name, 'not looked at', 'start the server and ask again when its bots are online, or: teleferry doctor --login')
  if (problem === null) return good(name, `may post${when}`)
  return bad(name, `${problem.split(': ')[0]}${when}`, problem.split(': ').slice(1).join(': '))
}
