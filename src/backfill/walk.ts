import { setTimeout as sleep } from 'node:timers/promises'
import { SourceGone, SourceResting } from '../errors.js'
import type { BotId, ChatId, FoundMessage, Sighting, Walk } from '../media.js'

/** As many ids as bots may ask for at once. core.telegram.org/method/channels.getMessages */
export const batchSize = 100

/** How far a walk has come: what lies below `cursor` is stored. */
export interface Progress {
  readonly cursor: number
  readonly to: number
  readonly messages: number
  readonly files: number
}

export interface WalkOptions {
  /** The bots that may walk. */
  readonly bots: readonly BotId[]
  /** Messages of a chat through one bot. Throws SourceResting, SourceGone where the bot may not read there, or what hindered it. */
  read (botId: BotId, chatId: ChatId, messageIds: readonly number[], signal: AbortSignal): Promise<FoundMessage[]>
  /** An id that no message of the chat has passed yet. Throws as `read` does. */
  bound (botId: BotId, chatId: ChatId, signal: AbortSignal): Promise<number>
  /** Stores what was seen and how far the walk has come, all or nothing. Rejects where the walk is another process's. */
  store (sightings: readonly Sighting[], progress: Progress): Promise<void>
  /** Queues the rest of the walk for a bot that cannot keep up with the others. */
  leaveBehind (botId: BotId, from: number, to: number): Promise<void>
  /** How many messages per second each bot may read. */
  readonly messagesPerSecond: number
  /** How long, in ms, the others wait for a bot that rests or fails. */
  readonly patienceMs: number
  /** A pause after the first failure, in ms; it doubles. */
  readonly backoffMs: number
}

/** No bot may read the chat; the message says what to do. */
export class NoReader extends Error {
  readonly code = 'NO_READER'
}

/**
 * Walks through a chat's messages from where the walk stands, a batch at a time, each through every bot that is a member, so
 * that each learns its own way to the files. A bot that rests or fails for longer than the others wait is left behind and
 * gets a walk of its own. Throws NoReader, what `store` throws, or the reason of `signal`.
 */
export async function runWalk (walk: Walk, options: WalkOptions, signal: AbortSignal): Promise<Progress> {
  const { members, to } = await findMembers(walk, options, signal)
  const readers = new Set(members)
  let progress: Progress = { cursor: walk.cursor ?? walk.from, to, messages: walk.messages, files: walk.files }
  let paced = Promise.resolve()
  while (progress.cursor <= to) {
    await paced
    const ids = idsFrom(progress.cursor, to)
    paced = sleep(1_000 * ids.length / options.messagesPerSecond, undefined, { signal })
    paced.catch(() => {})
    const batches = await readAll(walk, readers, ids, to, options, signal)
    progress = { ...counted(progress, batches), cursor: progress.cursor + ids.length }
    await options.store([...batches].flatMap(([botId, found]) => sightingsIn(walk.chatId, botId, found)), progress)
  }
  return progress
}

/** Who is a member, and up to where to walk. A bot that cannot be asked in time is left behind. */
async function findMembers (walk: Walk, options: WalkOptions, signal: AbortSignal): Promise<{ members: BotId[], to: number }> {
  const reasons: string[] = []
  const late: BotId[] = []
  const bounds = new Map<BotId, number>()
  await Promise.all(candidates(walk, options).map(async botId => {
    try {
      const bound = await patiently(() => options.bound(botId, walk.chatId, signal), isAlone(walk, options), options, signal)
      if (bound === null) late.push(botId)
      else bounds.set(botId, bound)
    } catch (error) {
      if (!(error instanceof SourceGone)) throw error
      reasons.push(error.message)
    }
  }))
  if (bounds.size === 0 && late.length === 0) throw new NoReader(`no bot can read the chat ${walk.chatId}: add the bots to it, as administrators where it is a channel (${[...new Set(reasons)].join('; ') || 'no bot is configured'})`)
  if (bounds.size === 0) throw new NoReader(`no bot that could read the chat ${walk.chatId} can be reached now: try again when /readyz says that they are online`)
  const to = walk.to ?? Math.max(...bounds.values())
  for (const botId of late) await options.leaveBehind(botId, walk.cursor ?? walk.from, to)
  return { members: [...bounds.keys()], to }
}

function candidates ({ botId }: Walk, { bots }: WalkOptions): readonly BotId[] {
  return botId === null ? bots : bots.filter(id => id === botId)
}

const isAlone = (walk: Walk, options: WalkOptions) => candidates(walk, options).length === 1

function idsFrom (cursor: number, to: number): number[] {
  return Array.from({ length: Math.min(batchSize, to - cursor + 1) }, (_, index) => cursor + index)
}

/** What each reader sees of a batch. Readers who may not read any more, or are late, leave. */
async function readAll (
  walk: Walk, readers: Set<BotId>, ids: readonly number[], to: number, options: WalkOptions, signal: AbortSignal
): Promise<Map<BotId, FoundMessage[]>> {
  const batches = new Map<BotId, FoundMessage[]>()
  const alone = readers.size === 1
  await Promise.all([...readers].map(async botId => {
    try {
      const batch = await patiently(() => options.read(botId, walk.chatId, ids, signal), alone, options, signal)
      if (batch !== null) return batches.set(botId, batch)
      readers.delete(botId)
      await options.leaveBehind(botId, ids[0] ?? to, to)
    } catch (error) {
      if (!(error instanceof SourceGone)) throw error
      readers.delete(botId)
    }
  }))
  if (batches.size === 0) throw new NoReader(`the bots cannot read the chat ${walk.chatId} any more, from message ${ids[0]} on: add them again, and start from there`)
  return batches
}

/** Tries until it works; `null` when that takes longer than the others wait. Who is alone holds up nobody. Throws SourceGone at once. */
async function patiently<T> (attempt: () => Promise<T>, alone: boolean, { patienceMs, backoffMs }: WalkOptions, signal: AbortSignal): Promise<T | null> {
  const deadline = alone ? Infinity : performance.now() + patienceMs
  for (let pauseMs = backoffMs; ; pauseMs = Math.min(2 * pauseMs, 30_000)) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof SourceGone) throw error
      const waitMs = error instanceof SourceResting ? error.retryAfterSeconds * 1_000 : pauseMs
      if (performance.now() + waitMs > deadline) return null
      await sleep(waitMs, undefined, { signal })
    }
  }
}

/** The messages and files that any of the readers saw. */
function counted (progress: Progress, batches: ReadonlyMap<BotId, readonly FoundMessage[]>): Progress {
  const all = [...batches.values()].flat()
  const count = (messages: readonly FoundMessage[]) => new Set(messages.map(({ messageId }) => messageId)).size
  return { ...progress, messages: progress.messages + count(all), files: progress.files + count(all.filter(({ media }) => media !== null)) }
}

function sightingsIn (chatId: ChatId, botId: BotId, found: readonly FoundMessage[]): Sighting[] {
  return found.flatMap(({ messageId, media }) => media === null ? [] : [{ botId, chatId, messageId, media }])
}
