import type { Budget } from './budget.js'
import type { Clock } from './clock.js'
import type { Lane } from './lane.js'
import type { ChunkSizes } from './plan.js'
import { createQueue } from './queue.js'
import type { Started, Stream } from './stream.js'

export interface ScheduleOptions {
  readonly clock: Clock
  readonly budget: Budget
  readonly sizes: ChunkSizes
  /** All that run. */
  readonly streams: ReadonlySet<Stream>
  /** All that were ever used. */
  lanes (): Iterable<Lane>
}

/** A lane, for requests of so many bytes. */
interface Gate {
  readonly lane: Lane
  readonly size: number
}

/** Decides which stream starts the next request. */
export interface Schedule {
  /** This stream, or any that waits where it is null, may be able to go on. */
  changed (stream: Stream | null): void
}

/**
 * What a reader who has stopped keeps ahead is given to others after this time, in ms, if they lack it. A slow one asks in bursts,
 * seconds apart, since the kernel takes megabytes at once: what is taken from him is fetched twice.
 */
const stalledMs = 10_000

/** So often everybody who waits is asked, whatever has happened, in ms: a way may have become better without being opened. */
const everybodyMs = 250

/**
 * Who holds least comes first: so memory is shared max-min fairly. All that happens in one turn of the event loop is looked at
 * once, at its end; with hundreds of streams looking at every change took most of a core. Hundreds that wait for the same few lanes are not
 * asked one by one either: only who has changed, and, in their order, as many as find a lane that has opened, or memory that was lacking.
 */
export function createSchedule ({ clock, budget, sizes, streams, lanes }: ScheduleOptions): Schedule {
  const queue = createQueue()
  let touched = new Set<Stream>()
  /** What was closed when somebody was asked last. */
  let closed: Gate[] = []
  /** How much was held, in bytes, when somebody was last refused more; null: nobody was. */
  let fullAt: number | null = null
  /** When everybody is to be asked, in ms. */
  let everybodyAt = Infinity
  let isDue = false
  let cancelAlarm = () => {}

  function changed (stream: Stream | null) {
    if (stream !== null) touched.add(stream)
    if (isDue || (touched.size === 0 && queue.isEmpty())) return
    isDue = true
    clock.soon(() => {
      isDue = false
      serve(clock.now())
    })
  }

  /** Lets each stream that may start one request after the other until nobody can, and sets the alarm for when one can again. */
  function serve (now: number) {
    const fresh = admit()
    if (now >= everybodyAt) askEverybody(now)
    else askSome(fresh, now)
    closed = [...lanes()].flatMap(gatesOf).filter(gate => opening(gate, now) > now)
    if (queue.isEmpty()) everybodyAt = Infinity
    else reclaim(now)
    setAlarm(now)
  }

  /** Those that have changed take their new places. */
  function admit (): Set<Stream> {
    const fresh = touched
    touched = new Set()
    queue.remove(fresh)
    for (const stream of fresh) if (streams.has(stream)) queue.add(stream)
    return fresh
  }

  function askEverybody (now: number) {
    everybodyAt = now + everybodyMs
    fullAt = null
    askInOrder(() => true, new Set(), now)
  }

  function askSome (fresh: Set<Stream>, now: number) {
    everybodyAt = Math.min(everybodyAt, now + everybodyMs)
    askInOrder(() => closed.some(gate => opening(gate, now) <= now) || (fullAt !== null && budget.used() < fullAt), fresh, now)
    askEach([...fresh].filter(queue.has), now)
  }

  /** From who holds least on, for as long as it `isWorthIt`. Who can start no more is taken from `fresh`. */
  function askInOrder (isWorthIt: () => boolean, fresh: Set<Stream>, now: number) {
    for (let at = 0, stream = queue.at(at); stream !== undefined && isWorthIt(); stream = queue.at(at)) {
      const result = ask(stream, now)
      // Who has started may start more, also where nothing has opened.
      if (result !== 'started') fresh.delete(stream)
      // It stands further back now, and who is sated is gone.
      if (result !== 'started' && result !== 'sated') at++
    }
  }

  /** One request after the other, of who holds least then. */
  function askEach (streams: Stream[], now: number) {
    for (let next = least(streams); next !== undefined; next = least(streams)) {
      if (ask(next, now) !== 'started') streams.splice(streams.indexOf(next), 1)
    }
  }

  function ask (stream: Stream, now: number): Started {
    const result = isFull() && !stream.isHungry() ? 'full' : tryToStart(stream, now)
    if (result === 'started') queue.move(stream)
    if (result === 'sated') queue.remove(new Set([stream]))
    if (result === 'full') fullAt = budget.used()
    if (typeof result === 'number') everybodyAt = Math.min(everybodyAt, result)
    return result
  }

  /** Asking when it may is much cheaper than trying. */
  function tryToStart (stream: Stream, now: number): Started {
    const at = stream.opensAt(now)
    return at > now ? at : stream.start(now)
  }

  // Where short requests find room, long ones may not.
  const gatesOf = (lane: Lane): Gate[] => [{ lane, size: sizes.smallest }, { lane, size: lane.chunkBytes() }]
  const opening = ({ lane, size }: Gate, now: number) => lane.opensAt(size, now)
  const isFull = () => !budget.allows(sizes.smallest, false)

  function setAlarm (now: number) {
    cancelAlarm()
    const opensAt = queue.isEmpty() ? Infinity : Math.min(...closed.map(gate => opening(gate, now)))
    const wakeAt = Math.min(everybodyAt, opensAt)
    cancelAlarm = wakeAt === Infinity ? () => {} : clock.after(Math.max(Math.ceil(wakeAt - now), 1), () => changed(null))
  }

  /** Takes back what readers who have stopped hold beyond their share, for those who have less than theirs. */
  function reclaim (now: number) {
    const share = budget.share()
    if (budget.allows(sizes.first, false) || (queue.at(0)?.account.held ?? Infinity) >= share / 2) return
    const holders = [...streams].filter(stream => stream.account.held > share && stream.isStalled(stalledMs, now))
    for (const stream of holders.filter(stream => stream.shed())) changed(stream)
  }

  return { changed }
}

/** Who holds least; the first of them. */
function least (streams: readonly Stream[]): Stream | undefined {
  let found = streams[0]
  for (const stream of streams) if (found !== undefined && stream.account.held < found.account.held) found = stream
  return found
}
