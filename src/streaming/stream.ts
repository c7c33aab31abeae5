import { FileGone, FileUnavailable, logInSeconds } from '../errors.js'
import type { ByteRange, MediaId } from '../media.js'
import { createAppetite } from './appetite.js'
import type { AppetiteLimits } from './appetite.js'
import type { Account, Budget } from './budget.js'
import { choose } from './choose.js'
import type { Clock } from './clock.js'
import { createFlights } from './flights.js'
import { createHedge } from './hedge.js'
import { powerOfTwo } from './lane.js'
import type { Lane } from './lane.js'
import { createOptions } from './options.js'
import type { WayOption } from './options.js'
import type { Chunk, ChunkSizes } from './plan.js'
import { createRow } from './row.js'
import { forgive, waitsFor } from './slot.js'
import type { Slot } from './slot.js'
import type { Source } from './source.js'
import { createWays } from './ways.js'
import type { Way } from './ways.js'

/** The file to stream; `size` in bytes. */
export interface SizedFile {
  readonly id: MediaId
  readonly size: number
}

/** What one chunk may cost before it is given up: requests to each source, and ms of waiting while no source is ready. */
export interface Patience {
  readonly triesPerSource: number
  readonly waitMs: number
}

/** What a stream shares with all others. */
export interface Commons {
  readonly sizes: ChunkSizes
  readonly ahead: AppetiteLimits
  readonly patience: Patience
  readonly clock: Clock
  readonly budget: Budget
  /** From 0 up to, but not, 1. */
  random (): number
  lane (name: string): Lane
  /** This stream may go on, or is over. */
  changed (stream: Stream): void
  /** Nobody reads this answer any more. */
  recycle (answer: Uint8Array): void
  /** So many bytes went to the reader. */
  delivered (bytes: number): void
}

/**
 * What came of trying to start a request. `sated`: no more is wanted now; `full`: there is no memory for it; a number: not
 * before then (ms), or Infinity: not before something changes.
 */
export type Started = 'started' | 'sated' | 'full' | number

/** One range on its way to one reader. */
export interface Stream {
  readonly account: Account
  /** Whether it may go on though memory is full: nothing is ahead of its reader, or a chunk that has its memory is to be fetched again. */
  isHungry (): boolean
  /** When it is worth trying to start something (ms): cheap to ask. */
  opensAt (now: number): number
  /** Starts the request that is due next. */
  start (now: number): Started
  /** The next bytes, valid until the next call; null at the end. One call at a time. Throws FileUnavailable, FileGone, or the reason of `end`. */
  take (): Promise<Uint8Array | null>
  /** Whether its reader asked for nothing in the last `ms`. */
  isStalled (ms: number, now: number): boolean
  /** Forgets the chunk that is furthest ahead. Returns whether there was one that could be. */
  shed (): boolean
  /** Ends all requests. */
  end (reason: Error): void
}

/** How long a lane is supposed to need, of which nothing is known, when another way is looked for. */
const strangerMs = 500

/** A stream of `range`, which is not empty. Nothing happens until it is started or taken from. */
export function createStream (file: SizedFile, range: ByteRange, sources: readonly Source[], commons: Commons): Stream {
  const { sizes, patience, clock, budget } = commons
  const row = createRow({ range, sizes, fileSize: file.size, budget, recycle: commons.recycle })
  const ways = createWays(sources, commons.lane)
  const appetite = createAppetite(commons.ahead)
  const flights = createFlights({ clock, ways, appetite, settled, recycle: commons.recycle, changed: () => { blocked = null; commons.changed(stream) } })
  const optionsFor = createOptions(row.isFetchedFrom)
  const hedge = createHedge({ clock, head: row.head, taken: appetite.taken, launch: launchAnother })
  let ended: Error | null = null
  const openedAt = clock.now()
  let isBegun = false
  /** What was taken from a reader who has stopped is fetched again when he asks, and not before. */
  let isShed = false
  let askedAt = openedAt
  let wakeReader: (() => void) | null = null
  /** What could not be started, for want of a way that is open. */
  let blocked: { readonly size: number, readonly ways: readonly Way[] } | null = null

  const readyAt = (way: Way) => Math.max(way.readyAt, way.lane.readyAt())

  /** The longest chunk that suits the lane, the reader and the memory, where so many ways may be taken. */
  function suitable (lane: Lane, ways: number): number {
    const size = powerOfTwo(Math.max(Math.min(lane.chunkBytes(), appetite.chunkBytes(ways), budget.share() / 2, sizes.largest), sizes.smallest))
    return budget.allows(size, row.isEmpty()) ? size : Math.min(size, sizes.first / 2)
  }

  function start (now: number): Started {
    if (ended !== null) return 'sated'
    blocked = null
    const idle = row.idle()
    return idle === undefined ? startNext(now) : startSlot(idle, now)
  }

  function startNext (now: number): Started {
    const isOnly = row.isEmpty()
    if (isShed || row.isPlanned() || (!isOnly && (row.ahead() >= appetite.target() || row.hasFailed()))) return 'sated'
    if (!isOnly && !budget.allows(sizes.smallest, false)) return 'full'
    const usable = ways.left()
    const options = optionsFor(usable, now, lane => nextChunk(suitable(lane, usable.length)))
    const isNobodyReady = usable.every(way => readyAt(way) > now)
    if (isOnly && isNobodyReady) return startSlot(row.add(options[0]?.chunk ?? nextChunk(sizes.smallest)), now)
    const choice = choose(options, appetite.neededInMs(row.ahead()), now, commons.random)
    if (typeof choice === 'number') return block(shortest(options), usable, choice)
    const { chunk, way } = choice
    if (!isOnly && row.ahead() + chunk.limit > appetite.target()) return 'sated'
    if (!budget.allows(chunk.limit, isOnly)) return 'full'
    flights.launch(row.add(chunk), way, now)
    return 'started'
  }

  function nextChunk (atMost: number): Chunk {
    const chunk = row.next(atMost)
    if (chunk === null) throw new RangeError('the range has no more chunks')
    return chunk
  }

  function block (size: number, usable: readonly Way[], until: number): number {
    blocked = { size, ways: usable }
    return until
  }

  function opensAt (now: number): number {
    if (blocked === null) return now
    // Asked for each stream that waits, in each turn of the event loop: without anything to collect afterwards.
    let soonest = Infinity
    let isNobodyReady = true
    for (const way of blocked.ways) {
      soonest = Math.min(soonest, Math.max(way.readyAt, way.lane.opensAt(blocked.size, now)))
      if (readyAt(way) <= now) isNobodyReady = false
    }
    // All may have come to rest since, by other streams' requests: whether to wait for that, or to give up, is decided when starting.
    return isNobodyReady && isHungry() ? now : soonest
  }

  function isHungry (): boolean {
    return row.isEmpty() || row.idle() !== undefined
  }

  function untried (slot: Slot): Way[] {
    const flying = new Set([...slot.flights].map(({ way }) => way))
    return ways.left().filter(way => !flying.has(way) && (slot.tries.get(way) ?? 0) < patience.triesPerSource)
  }

  function startSlot (slot: Slot, now: number): Started {
    const usable = untried(slot)
    const soonest = Math.min(...usable.map(readyAt))
    if (soonest > now) return soonest !== Infinity && waitsFor(slot, soonest, patience.waitMs, now) ? soonest : giveUp(slot, now)
    const choice = choose(optionsFor(usable, now, () => slot.chunk), 0, now, commons.random)
    if (typeof choice === 'number') return block(slot.chunk.limit, usable, choice)
    flights.launch(slot, choice.way, now)
    return 'started'
  }

  function giveUp (slot: Slot, now: number): Started {
    slot.outcome = { error: whyNobody(slot.cause, now), at: now }
    settled(slot)
    return 'sated'
  }

  function whyNobody (cause: Error | undefined, now: number): Error {
    const rests = ways.left().map(way => Math.ceil((readyAt(way) - now) / 1000))
    if (rests.length > 0) return new FileUnavailable(file.id, Math.max(1, Math.min(...rests)), { cause })
    return sources.length > 0 ? new FileGone(file.id, { cause }) : new FileUnavailable(file.id, logInSeconds)
  }

  function launchAnother (slot: Slot, withinMs: number, now: number): boolean {
    const options = optionsFor(untried(slot).filter(way => readyAt(way) <= now), now, () => slot.chunk)
    // An overdue chunk need not wait for the window or the pace of another lane.
    const timely = options.filter(({ expectedMs, isSuspect }) => !isSuspect && (expectedMs ?? strangerMs) <= withinMs).map(option => ({ ...option, opensAt: now }))
    const choice = choose(timely, Infinity, now, commons.random)
    if (typeof choice === 'number') return false
    choice.way.lane.observer.hedged()
    flights.launch(slot, choice.way, now)
    return true
  }

  function settled (slot: Slot) {
    if (slot === row.head()) wakeReader?.()
  }

  async function take (): Promise<Uint8Array | null> {
    askedAt = clock.now()
    isShed = false
    appetite.asked(askedAt)
    row.drain()
    const head = row.head()
    // What could not be had while nobody waited for it may be there now.
    if (head !== undefined) forgive(head, askedAt)
    commons.changed(stream)
    if (ended === null && row.isEmpty() && row.isPlanned()) return null
    const bytes = await arrival()
    appetite.gave(bytes.length, clock.now())
    commons.delivered(bytes.length)
    commons.changed(stream)
    return bytes
  }

  /** The bytes of the first slot, which leaves the row. */
  async function arrival (): Promise<Uint8Array> {
    for (;;) {
      if (ended !== null) throw ended
      const head = row.head()
      if (head !== undefined && head.outcome !== null) return leaveRow(head)
      await untilWoken()
    }
  }

  async function untilWoken () {
    hedge.watch()
    await new Promise<void>(resolve => { wakeReader = resolve })
    wakeReader = null
    hedge.unwatch()
  }

  function leaveRow ({ outcome, chunk }: Slot): Uint8Array {
    if (outcome === null || 'error' in outcome) {
      const error = outcome?.error ?? new RangeError('the chunk is not here')
      end(error)
      throw error
    }
    row.shift()
    if (!isBegun) outcome.lane.observer.firstByte(clock.now() - openedAt)
    isBegun = true
    return outcome.bytes.subarray(chunk.from, chunk.to)
  }

  function shed (): boolean {
    const isDone = row.shed()
    isShed ||= isDone
    return isDone
  }

  function end (reason: Error) {
    if (ended !== null) return
    ended = reason
    hedge.unwatch()
    flights.end(reason)
    row.clear()
    wakeReader?.()
    commons.changed(stream)
  }

  const stream: Stream = {
    account: row.account,
    isHungry,
    opensAt,
    start,
    take,
    isStalled: (ms, now) => wakeReader === null && now - askedAt > ms,
    shed,
    end
  }
  return stream
}

/** The length of the shortest chunk among them, in bytes. */
function shortest (options: readonly WayOption[]): number {
  let least = Infinity
  for (const { chunk: { limit } } of options) least = Math.min(least, limit)
  return least
}
