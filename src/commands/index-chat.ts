import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findWalk, queueWalk } from '../catalogue/backfills.js'
import { countProcesses } from '../catalogue/processes.js'
import { parseIndexChat } from '../chat/indexing.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import type { Walk, WalkRequest } from '../media.js'
import { withDatabase } from './database.js'
import { createProgressBar, type Screen } from './progress-bar.js'
import { UsageError } from './usage-error.js'

const example = 'for example: teleferry index -1001234567890 --from 1 --to 5000'

/** How often it looks how far the server is, in ms. */
const lookMs = 500

/**
 * Queues a walk through a channel's or supergroup's messages, which the running server carries out, and shows how far it is.
 * Resolves to whether it came to a good end. Throws UsageError and DatabaseUnreachable.
 */
export async function indexChat (words: readonly string[], config: Pick<Config, 'database'>, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const request = readRequest(words)
  return await withDatabase(config, async db => {
    const walk = await queueWalk(db, request, null, 'cli')
    if (await countProcesses(db) === 0) screen.write('No server is running: the work is queued and begins when one is started.\n')
    return await follow(db, walk, screen, signal)
  })
}

function readRequest (words: readonly string[]): WalkRequest {
  // A chat's id begins with a dash, like an option.
  const chat = words.findIndex(word => /^-\d+$/.test(word))
  const { values, positionals } = parse(words.filter((_, index) => index !== chat))
  const [named = words[chat], ...rest] = positionals
  if (named === undefined || rest.length > 0 || (chat >= 0 && positionals.length > 0)) throw new UsageError(`name one chat, ${example}`)
  const chatId = parseIndexChat(named)
  if (chatId === null) throw new UsageError(`${named} is not the id of a channel or supergroup: it begins with -100 (also understood: a link to one of its messages, https://t.me/c/1234567890/55), ${example}`)
  const [from, to] = [readId('--from', values.from) ?? 1, readId('--to', values.to)]
  if (to !== null && to < from) throw new UsageError(`--to ${to} lies before --from ${from}, ${example}`)
  return { chatId, from, to }
}

function parse (args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { from: { type: 'string' }, to: { type: 'string' } } })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}, ${example}`, { cause: error })
  }
}

function readId (name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) >= 2 ** 31) throw new UsageError(`${name} must be the number of a message, ${example}`)
  return Number(text)
}

/** Shows how far the walk is until it ends, or until `signal` aborts: the server goes on then. */
async function follow (db: Db, queued: Walk, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const bar = createProgressBar(screen)
  for (let walk: Walk | null = queued; walk !== null && !signal.aborted; walk = await findWalk(db, queued.id)) {
    const { state, reason, cursor, from, to, messages, files } = walk
    if (cursor !== null && to !== null) bar.show(Math.min(1, (cursor - from) / Math.max(1, to - from + 1)), `${messages} messages, ${files} files`)
    if (state !== 'queued' && state !== 'running') {
      bar.end()
      if (state !== 'done') screen.write(`Indexing ended: ${reason ?? state}\n`)
      return state === 'done'
    }
    await sleep(lookMs, undefined, { signal }).catch(() => {})
  }
  bar.end()
  screen.write('The server goes on without this command; the same command shows how far it is.\n')
  return true
}
