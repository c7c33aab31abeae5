import { FileGone, FileUnavailable, SourceFailed } from '../errors.js'
import type { ByteRange, MediaId } from '../media.js'
import { createAppetite } from './appetite.js'
import type { Account, Budget } from './budget.js'
import { choose } from './choose.js'
import type { Option } from './choose.js'
import type { Clock } from './clock.js'
import { overdueMs, powerOfTwo } from './lane.js'
import type { Lane } from './lane.js'
import { createPlan } from './plan.js'
import type { Chunk, ChunkSizes } from './plan.js'
import { createSlot, isIdle, waited, waitsFor } from './slot.js'
import type { Slot } from './slot.js'
import type { Source } from './source.js'
import { createWays } from './ways.js'
import type { Flight, Way } from './ways.js'

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
  /** How many bytes a stream keeps ahead at first, and at most. */
  readonly ahead: { readonly first: number, readonly most: number }
  readonly patience: Patience
  readonly clock: Clock
  readonly budget: Budget
  /** From 0 up to, but not, 1. */
  random (): number
  lane (name: string): Lane
  /** Something changed: this stream, or any that waits, may go on. */
  changed (stream: Stream | null): void
}

/** One range on its way to one reader. */
export interface Stream {
  readonly account: Account
  /** Starts the request that is due next. `sated`: no more is wanted now; a number: not before then (ms), or Infinity: not before something changes. */
  start (now: number): 'started' | 'sated' | number
  /** The next bytes, null at the end. One call at a time. Throws FileUnavailable, FileGone, or the reason of `end`. */
  take (): Promise<Uint8Array | null>
  /** Whether its reader asked for nothing in the last `ms`. */
  isStalled (ms: number, now: number): boolean
  /** Forgets the chunk that is furthest ahead, if it is here and not the next: it is fetched again when it is wanted. Returns whether there was one. */
  shed (): boolean
  /** Ends all requests. */
  end (reason: Error): void
}

/** Seconds to wait when no source said how long: bots that are starting or reconnecting need about that. */
const unknownRestSeconds = 10

/** What may be fetched twice because an answer was overdue: one lane's window, and a share of what was delivered. */
const spare = { bytes: 4 * 1024 * 1024, share: 0.02 }

/** How often an overdue chunk looks for another way, in ms. */
const lookAgainMs = 250

/** How long a lane is supposed to need, of which nothing is known. */
const strangerMs = 500

/** The pipe behind us holds the chunk that it writes and the next one. */
const piped = 2

interface WayOption extends Option {
  readonly way: Way
  readonly lane: Lane
  readonly chunk: Chunk
}

/** A stream of `range`, which is not empty. Nothing happens until it is started or taken from. */
export function createStream (file: SizedFile, range: ByteRange, sources: readonly Source[], commons: Commons): Stream {
  const { sizes, patience, clock, budget } = commons
  const plan = createPlan(range, sizes)
  const ways = createWays(sources)
  const appetite = createAppetite(commons.ahead)
  const account = budget.open()
  const slots: Slot[] = []
  const inPipe: number[] = []
  let ahead = 0
  let fetchedTwice = 0
  let ended: Error | null = null
  let askedAt = clock.now()
  let wakeReader: (() => void) | null = null
  let stopWatching = () => {}

  const laneOf = (way: Way) => commons.lane(way.source.lane)
  const readyAt = (way: Way) => Math.max(way.readyAt, laneOf(way).readyAt())

  function optionsFor (usable: readonly Way[], now: number, chunkOver: (lane: Lane) => Chunk | null): WayOption[] {
    const inUse = new Set(slots.flatMap(({ flights }) => [...flights].map(({ lane }) => lane)))
    return usable.flatMap(way => {
      const lane = laneOf(way)
      const chunk = chunkOver(lane)
      if (chunk === null) return []
      return [{ way, lane, chunk, opensAt: Math.max(way.readyAt, lane.opensAt(chunk.limit, now)), expectedMs: lane.expectedMs(chunk.limit), isSuspect: lane.isSuspect(now), isInUse: inUse.has(lane) }]
    })
  }

  /** The longest chunk that suits the lane, the reader and the memory. */
  function suitable (lane: Lane, isOnly: boolean): number {
    const size = powerOfTwo(Math.max(Math.min(lane.chunkBytes(), appetite.chunkBytes(), budget.share() / 2, sizes.largest), sizes.smallest))
    return budget.allows(size, isOnly) ? size : Math.min(size, sizes.first / 2)
  }

  function start (now: number): 'started' | 'sated' | number {
    if (ended !== null) return 'sated'
    const idle = slots.find(isIdle)
    return idle === undefined ? startNext(now) : startSlot(idle, now)
  }

  function startNext (now: number): 'started' | 'sated' | number {
    const isOnly = slots.length === 0
    if (!isOnly && (ahead >= appetite.target() || slots.some(({ outcome }) => outcome !== null && 'error' in outcome))) return 'sated'
    if (plan.next(sizes.smallest) === null) return 'sated'
    if (!isOnly && !budget.allows(sizes.smallest, false)) return Infinity
    const options = optionsFor(ways.left(), now, lane => plan.next(suitable(lane, isOnly)))
    const isNobodyReady = options.every(({ way }) => readyAt(way) > now)
    if (isOnly && isNobodyReady) return startSlot(addSlot(options[0]?.chunk ?? plan.next(sizes.smallest)), now)
    const choice = choose(options, appetite.neededInMs(ahead), now, commons.random)
    if ('until' in choice) return choice.until
    const { chunk } = choice.start
    if (!isOnly && ahead + chunk.limit > appetite.target()) return 'sated'
    if (!budget.allows(chunk.limit, isOnly)) return Infinity
    launch(addSlot(chunk), choice.start, now)
    return 'started'
  }

  function addSlot (chunk: Chunk | null): Slot {
    if (chunk === null) throw new RangeError('the range has no more chunks')
    plan.take(chunk)
    const slot = createSlot(chunk, file.size)
    slots.push(slot)
    ahead += chunk.limit
    budget.hold(account, chunk.limit)
    return slot
  }

  function untried (slot: Slot): Way[] {
    const flying = new Set([...slot.flights].map(({ way }) => way))
    return ways.left().filter(way => !flying.has(way) && (slot.tries.get(way) ?? 0) < patience.triesPerSource)
  }

  function startSlot (slot: Slot, now: number): 'started' | 'sated' | number {
    const usable = untried(slot)
    const soonest = Math.min(...usable.map(readyAt))
    if (soonest > now) {
      if (soonest !== Infinity && waitsFor(slot, soonest, patience.waitMs, now)) return soonest
      settle(slot, { error: giveUp(slot.cause, now) })
      return 'sated'
    }
    const choice = choose(optionsFor(usable, now, () => slot.chunk), 0, now, commons.random)
    if ('until' in choice) return choice.until
    launch(slot, choice.start, now)
    return 'started'
  }

  function giveUp (cause: Error | undefined, now: number): Error {
    const rests = ways.left().map(way => Math.ceil((readyAt(way) - now) / 1000))
    if (rests.length > 0) return new FileUnavailable(file.id, Math.max(1, Math.min(...rests)), { cause })
    return sources.length > 0 ? new FileGone(file.id, { cause }) : new FileUnavailable(file.id, unknownRestSeconds)
  }

  function launch (slot: Slot, { way, lane }: { readonly way: Way, readonly lane: Lane }, now: number) {
    waited(slot, now)
    slot.tries.set(way, (slot.tries.get(way) ?? 0) + 1)
    const flight = { way, lane, trip: lane.began(slot.chunk.limit, now), abort: new AbortController() }
    slot.flights.add(flight)
    fly(slot, flight).then(bytes => land(slot, flight, bytes), error => crash(slot, flight, error))
  }

  async function fly ({ chunk, length }: Slot, { way, abort }: Flight): Promise<Uint8Array> {
    const bytes = await way.source.fetch(chunk.offset, chunk.limit, abort.signal)
    if (bytes.length !== length) throw new SourceFailed(`${bytes.length} bytes at ${chunk.offset} instead of ${length}`)
    return bytes
  }

  function land (slot: Slot, flight: Flight, bytes: Uint8Array) {
    if (!slot.flights.delete(flight)) return
    const now = clock.now()
    appetite.fetched(now - flight.trip.startedAt)
    ways.worked(flight, bytes.length, now)
    settle(slot, { bytes })
    commons.changed(stream)
  }

  function crash (slot: Slot, flight: Flight, error: unknown) {
    if (!slot.flights.delete(flight)) return
    slot.cause = error instanceof Error ? error : new SourceFailed(String(error))
    ways.failed(flight, error, clock.now())
    commons.changed(stream)
  }

  function settle (slot: Slot, outcome: NonNullable<Slot['outcome']>) {
    slot.outcome = outcome
    drop(slot)
    if (slot === slots[0]) wakeReader?.()
  }

  /** Ends the flights of a slot. */
  function drop (slot: Slot) {
    for (const flight of slot.flights) {
      slot.flights.delete(flight)
      flight.lane.dropped(flight.trip)
      flight.abort.abort(ended ?? superfluous)
    }
  }

  async function take (): Promise<Uint8Array | null> {
    askedAt = clock.now()
    appetite.asked(askedAt)
    if (inPipe.length >= piped) budget.release(account, inPipe.shift() ?? 0)
    commons.changed(stream)
    const head = slots[0]
    if (ended === null && head === undefined && plan.next(sizes.smallest) === null) return null
    const bytes = await arrival()
    appetite.gave(bytes.length, clock.now())
    commons.changed(stream)
    return bytes
  }

  /** The bytes of the first slot, which leaves the row. */
  async function arrival (): Promise<Uint8Array> {
    for (;;) {
      if (ended !== null) throw ended
      const outcome = slots[0]?.outcome ?? null
      if (outcome !== null) return leaveRow(outcome)
      watchHead()
      await new Promise<void>(resolve => { wakeReader = resolve })
      wakeReader = null
      stopWatching()
    }
  }

  function leaveRow (outcome: NonNullable<Slot['outcome']>): Uint8Array {
    if ('error' in outcome) {
      end(outcome.error)
      throw outcome.error
    }
    const slot = slots.shift()
    if (slot === undefined) throw new RangeError('there is no slot')
    ahead -= slot.chunk.limit
    inPipe.push(slot.chunk.limit)
    return outcome.bytes.subarray(slot.chunk.from, slot.chunk.to)
  }

  /** While the reader waits for the first slot: another way is tried once that is overdue. */
  function watchHead () {
    const flights = [...slots[0]?.flights ?? []]
    const dueAt = Math.min(...flights.map(({ trip }) => trip.startedAt + overdueMs(trip.expectedMs)))
    const ms = flights.length === 0 ? lookAgainMs : flights.length > 1 ? Infinity : Math.max(dueAt - clock.now(), 0)
    if (ms === Infinity) return
    const cancel = clock.after(ms + 1, () => {
      const head = slots[0]
      const isLaunched = head !== undefined && hedge(head, clock.now())
      stopWatching = () => {}
      if (wakeReader === null) return
      if (isLaunched) watchHead()
      else watchLater()
    })
    stopWatching = () => { cancel(); stopWatching = () => {} }
  }

  function watchLater () {
    const cancel = clock.after(lookAgainMs, watchHead)
    stopWatching = () => { cancel(); stopWatching = () => {} }
  }

  /** Fetches an overdue slot by another way as well, if that will certainly be there earlier. The first answer wins. */
  function hedge (slot: Slot, now: number): boolean {
    const [flight, ...others] = slot.flights
    if (flight === undefined || others.length > 0 || fetchedTwice + slot.chunk.limit > spare.bytes + spare.share * appetite.taken()) return false
    const elapsed = now - flight.trip.startedAt
    if (elapsed < overdueMs(flight.trip.expectedMs)) return false
    const options = optionsFor(untried(slot).filter(way => readyAt(way) <= now), now, () => slot.chunk)
    const timely = options.filter(({ expectedMs, isSuspect }) => !isSuspect && (expectedMs ?? strangerMs) <= elapsed / 2)
    const choice = choose(timely.map(option => ({ ...option, opensAt: now })), Infinity, now, commons.random)
    if ('until' in choice) return false
    fetchedTwice += slot.chunk.limit
    launch(slot, choice.start, now)
    return true
  }

  function shed (): boolean {
    const last = slots.at(-1)
    if (slots.length < 2 || last === undefined || last.outcome === null || !('bytes' in last.outcome)) return false
    slots.pop()
    plan.giveBack(last.chunk)
    ahead -= last.chunk.limit
    budget.release(account, last.chunk.limit)
    return true
  }

  function end (reason: Error) {
    if (ended !== null) return
    ended = reason
    stopWatching()
    for (const slot of slots) drop(slot)
    slots.length = 0
    budget.close(account)
    wakeReader?.()
    commons.changed(null)
  }

  const isStalled = (ms: number, now: number) => wakeReader === null && now - askedAt > ms
  const stream: Stream = { account, start, take, isStalled, shed, end }
  return stream
}

const superfluous = new Error('the chunk came by another way')
