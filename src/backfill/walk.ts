import { BotRefused, SourceGone } from '../errors.js'
import type { BotId, ChatId, FoundMessage, Sighting, Walk } from '../media.js'
import { createRound, type RoundOptions } from './round.js'

/** As many ids as bots may ask for at once. core.telegram.org/method/channels.getMessages */
export const batchSize = 100

/** How far a walk has come: what lies below `cursor` is stored. */
export interface Progress {
  readonly cursor: number
  readonly to: number
  readonly messages: number
  readonly files: number
}

/** What one step found out. */
export interface Found {
  readonly sightings: readonly Sighting[]
  /** Where each bot that looked saw no file: the message is gone, or carries none any more. */
  readonly without: ReadonlyArray<{ readonly botId: BotId, readonly messageIds: readonly number[] }>
}

export interface WalkOptions extends RoundOptions {
  /** The bots that may walk. */
  readonly bots: readonly BotId[]
  /** Messages of a chat through one bot. Throws SourceResting, SourceGone where the bot may not read there, BotRefused, or what hindered it. */
  read (botId: BotId, chatId: ChatId, messageIds: readonly number[], signal: AbortSignal): Promise<FoundMessage[]>
  /** An id that no message of the chat has passed yet. Throws as `read` does. */
  bound (botId: BotId, chatId: ChatId, signal: AbortSignal): Promise<number>
  /** Stores what was seen and how far the walk has come, all or nothing. Rejects where the walk is another process's. */
  store (found: Found, progress: Progress): Promise<void>
  /** Queues the rest of the walk for a bot that cannot keep up with the others. */
  leaveBehind (botId: BotId, from: number, to: number): Promise<void>
  /** How many messages per second each bot may read. */
  readonly messagesPerSecond: number
}

/** No bot may read the chat; the message says what to do. */
export class NoReader extends Error {
  readonly code = 'NO_READER'
}

/** The walk is not this process's any more: it was cancelled, or another process has it. */
export class WalkLost extends Error {
  readonly code = 'WALK_LOST'
}

/**
 * Walks through a chat's messages from where the walk stands, a batch at a time, each through every bot that is a member, so
 * that each learns its own way to the files. A bot that rests or fails for longer than the others wait is left behind and
 * gets a walk of its own; while none gets through, all go on trying. Throws NoReader, BotRefused where the walk is that bot's alone, what
 * `store` throws, or the reason of `signal`.
 */
export async function runWalk (walk: Walk, options: WalkOptions, signal: AbortSignal): Promise<Progress> {
  const { members, to } = await findMembers(walk, options, signal)
  const readers = new Set(members)
  let progress: Progress = { cursor: walk.cursor ?? walk.from, to, messages: walk.messages, files: walk.files }
  let paced = Promise.resolve()
  while (progress.cursor <= to) {
    await paced
    const ids = idsFrom(progress.cursor, to)
    paced = options.clock.sleep(1_000 * ids.length / options.messagesPerSecond, signal)
    paced.catch(() => {})
    const batches = await readAll(walk, readers, ids, to, options, signal)
    progress = { ...counted(progress, batches), cursor: progress.cursor + ids.length }
    await options.store(foundIn(walk.chatId, ids, batches), progress)
  }
  return progress
}

/** Who is a member, and up to where to walk. A bot that cannot be asked in time is left behind. */
async function findMembers (walk: Walk, options: WalkOptions, signal: AbortSignal): Promise<{ members: BotId[], to: number }> {
  const reasons: string[] = []
  const late: BotId[] = []
  const bounds = new Map<BotId, number>()
  const ask = createRound(options, signal)
  await Promise.all(candidates(walk, options).map(async botId => {
    try {
      const bound = await ask(() => options.bound(botId, walk.chatId, signal))
      if (bound === null) late.push(botId)
      else bounds.set(botId, bound)
    } catch (error) {
      if (!isOut(error, walk)) throw error
      reasons.push(error.message)
    }
  }))
  // Who is late is so because another one got through.
  if (bounds.size === 0) throw new NoReader(`no bot can read the chat ${walk.chatId}: add the bots to it, as administrators where it is a channel (${[...new Set(reasons)].join('; ') || 'no bot is configured'})`)
  const to = walk.to ?? Math.max(...bounds.values())
  for (const botId of late) await options.leaveBehind(botId, walk.cursor ?? walk.from, to)
  return { members: [...bounds.keys()], to }
}

/** Whether a bot has nothing to read there. One that was turned away may come back, with another token: a walk that is its own waits for it. */
function isOut (error: unknown, { botId }: Walk): error is Error {
  return error instanceof SourceGone || (error instanceof BotRefused && botId === null)
}

function candidates ({ botId }: Walk, { bots }: WalkOptions): readonly BotId[] {
  return botId === null ? bots : bots.filter(id => id === botId)
}

function idsFrom (cursor: number, to: number): number[] {
  return Array.from({ length: Math.min(batchSize, to - cursor + 1) }, (_, index) => cursor + index)
}

/** What each reader sees of a batch. Readers who may not read any more, or are late, leave. */
async function readAll (
  walk: Walk, readers: Set<BotId>, ids: readonly number[], to: number, options: WalkOptions, signal: AbortSignal
): Promise<Map<BotId, FoundMessage[]>> {
  const batches = new Map<BotId, FoundMessage[]>()
  const ask = createRound(options, signal)
  await Promise.all([...readers].map(async botId => {
    try {
      const batch = await ask(() => options.read(botId, walk.chatId, ids, signal))
      if (batch !== null) return batches.set(botId, batch)
      readers.delete(botId)
      await options.leaveBehind(botId, ids[0] ?? to, to)
    } catch (error) {
      if (!isOut(error, walk)) throw error
      readers.delete(botId)
    }
  }))
  if (batches.size === 0) throw new NoReader(`the bots cannot read the chat ${walk.chatId} any more, from message ${ids[0]} on: add them again, and start from there`)
  return batches
}

/** The messages and files that any of the readers saw. */
function counted (progress: Progress, batches: ReadonlyMap<BotId, readonly FoundMessage[]>): Progress {
  const all = [...batches.values()].flat()
  const count = (messages: readonly FoundMessage[]) => new Set(messages.map(({ messageId }) => messageId)).size
  return { ...progress, messages: progress.messages + count(all), files: progress.files + count(all.filter(({ media }) => media !== null)) }
}

function foundIn (chatId: ChatId, ids: readonly number[], batches: ReadonlyMap<BotId, readonly FoundMessage[]>): Found {
  return {
    sightings: [...batches].flatMap(([botId, found]) => sightingsIn(chatId, botId, found)),
    without: [...batches].map(([botId, found]) => ({ botId, messageIds: withoutFile(ids, found) }))
  }
}

function withoutFile (ids: readonly number[], found: readonly FoundMessage[]): number[] {
  const unlike = new Set(found.flatMap(({ messageId, media, isUnreadable }) => media === null && isUnreadable !== true ? [] : [messageId]))
  return ids.filter(id => !unlike.has(id))
}

function sightingsIn (chatId: ChatId, botId: BotId, found: readonly FoundMessage[]): Sighting[] {
  return found.flatMap(({ messageId, media }) => media === null ? [] : [{ botId, chatId, messageId, media }])
}
