import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cancelWalks, findWalk, isOver, queueWalk } from '../catalogue/backfills.js'
import { countProcesses } from '../catalogue/processes.js'
import { parseIndexChat, parseMessageNumber } from '../chat/indexing.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import type { ChatId, Walk, WalkRequest } from '../media.js'
import { withDatabase } from './database.js'
import { createProgressBar, type Screen } from './progress-bar.js'
import { UsageError } from './usage-error.js'
import { program } from './words.js'

/** `isStop`: what is under way in the chat is ended. */
export type IndexRequest = WalkRequest & { readonly isStop: boolean }

const example = `for example: ${program} index -1001234567890 --from 1 --to 5000`

/** How often it looks how far the server is, in ms. */
const lookMs = 500

/** After how many looks at a walk that has not begun it is said what it waits for. */
const patience = 4

/**
 * Queues a walk through a channel's or supergroup's messages, which the running server carries out, and shows how far it is.
 * With `--stop`, ends what is under way there. Resolves to whether it came to a good end. Throws DatabaseUnreachable.
 */
export async function indexChat ({ isStop, ...request }: IndexRequest, config: Pick<Config, 'database'>, screen: Screen, signal: AbortSignal): Promise<boolean> {
  return await withDatabase(config, async db => {
    if (isStop) return await stop(db, request.chatId, screen)
    const walk = await queueWalk(db, request, null, 'cli')
    const isServed = await countProcesses(db) > 0
    if (!isServed) screen.write('No server is running: the work is queued and begins when one is started.\n')
    return await follow(db, walk, screen, isServed, signal)
  })
}

async function stop (db: Db, chatId: ChatId, screen: Screen): Promise<boolean> {
  const [walk] = await cancelWalks(db, chatId)
  if (walk === undefined) screen.write(`Nothing is being indexed in ${chatId}.\n`)
  else screen.write(walk.cursor === null ? 'Indexing was stopped; it had not begun.\n' : `Indexing was stopped: ${walk.messages} messages, ${walk.files} files. To go on from there: ${program} index ${chatId} --from ${walk.cursor}\n`)
  return true
}

/** What the words after `index` ask for. Throws UsageError. */
export function readIndexRequest (words: readonly string[]): IndexRequest {
  const { values, positionals } = parse(words)
  const [named, other] = positionals
  if (named === undefined) throw new UsageError(`name one chat, ${example}`)
  if (other !== undefined) throw new UsageError(`${named} and ${other} are two chats: name one, ${example}`)
  const chatId = parseIndexChat(named)
  if (chatId === null) throw new UsageError(`${explainChat(named)}, ${example}`)
  const [from, to] = [readId('--from', values.from) ?? 1, readId('--to', values.to)]
  if (to !== null && to < from) throw new UsageError(`--to ${to} lies before --from ${from}, ${example}`)
  if (values.stop && (values.from !== undefined || values.to !== undefined)) throw new UsageError('--stop ends what was asked for in a chat, so it takes neither --from nor --to')
  return { chatId, from, to, isStop: values.stop ?? false }
}

function parse (words: readonly string[]) {
  // A chat's id begins with a dash, like an option: it is set aside before the options are read.
  const isId = (word: string) => /^-\d+$/.test(word)
  try {
    const { values, positionals } = parseArgs({ args: words.filter(word => !isId(word)), allowPositionals: true, options: { from: { type: 'string' }, to: { type: 'string' }, stop: { type: 'boolean' } } })
    return { values, positionals: [...words.filter(isId), ...positionals] }
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}, ${example}`, { cause: error })
  }
}

function explainChat (named: string): string {
  const form = 'an id is -100 and then at least five digits (also understood: a link to one of its messages, https://t.me/c/1234567890/55)'
  if (/^-100\d*$/.test(named)) return `${named} is ${named.length < 9 ? 'too short' : 'too long'} for the id of a channel or supergroup: ${form}`
  if (/^-\d+$/.test(named)) return `${named} is the id of a basic group, which cannot be indexed: name a channel or supergroup; ${form}`
  return `${named} is not the id of a channel or supergroup: ${form}`
}

function readId (name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const number = parseMessageNumber(text)
  if (number === null) throw new UsageError(`${name} must be the number of a message, ${example}`)
  return number
}

/** Shows how far the walk is until it ends, or until `signal` aborts: the server goes on then. */
async function follow (db: Db, queued: Walk, screen: Screen, isServed: boolean, signal: AbortSignal): Promise<boolean> {
  const bar = createProgressBar(screen)
  let looks = 0
  for (let walk: Walk | null = queued; walk !== null && !signal.aborted; walk = await findWalk(db, queued.id)) {
    const { state, reason, cursor, from, to, messages, files } = walk
    if (cursor !== null && to !== null) bar.show(Math.min(1, (cursor - from) / Math.max(1, to - from + 1)), `${messages} messages, ${files} files`)
    if (isOver(walk)) {
      bar.end()
      if (state !== 'done') screen.write(`Indexing ended: ${reason ?? state}\n`)
      else if (cursor === null) screen.write(`Nothing was to be indexed: the chat has no message from ${from} on.\n`)
      return state === 'done'
    }
    if (isServed && cursor === null && ++looks === patience) screen.write(`Queued: waiting for a bot that is online and sees the chat. How the bots are: ${program} doctor\n`)
    await sleep(lookMs, undefined, { signal }).catch(() => {})
  }
  bar.end()
  screen.write('The server goes on without this command; the same command shows how far it is.\n')
  return true
}
