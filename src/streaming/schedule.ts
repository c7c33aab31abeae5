import type { Budget } from './budget.js'
import type { Clock } from './clock.js'
import type { ChunkSizes } from './plan.js'
import type { Stream } from './stream.js'

export interface ScheduleOptions {
  readonly clock: Clock
  readonly budget: Budget
  readonly sizes: ChunkSizes
  /** All that run. */
  readonly streams: ReadonlySet<Stream>
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

/**
 * Who holds least comes first: so memory is shared max-min fairly. All that happens in one turn of the event loop is looked at
 * once, at its end; with hundreds of streams looking at every change took most of a core.
 */
export function createSchedule ({ clock, budget, sizes, streams }: ScheduleOptions): Schedule {
  const waiting = new Set<Stream>()
  let isDue = false
  let cancelAlarm = () => {}

  function changed (stream: Stream | null) {
    if (stream !== null) waiting.add(stream)
    if (isDue || waiting.size === 0) return
    isDue = true
    clock.soon(() => {
      isDue = false
      serve(clock.now())
    })
  }

  /** Lets each stream that waits start one request after the other until nobody can, and sets the alarm for when one can again. */
  function serve (now: number) {
    const { candidates, opensAt } = whoMayStart(now)
    const wakeAt = startAll(candidates, opensAt, now)
    cancelAlarm()
    cancelAlarm = wakeAt === Infinity ? () => {} : clock.after(Math.max(Math.ceil(wakeAt - now), 1), () => changed(null))
    if (waiting.size > 0) reclaim(now)
  }

  function whoMayStart (now: number) {
    const isFull = !budget.allows(sizes.smallest, false)
    const candidates: Stream[] = []
    let opensAt = Infinity
    for (const stream of waiting) {
      if (!streams.has(stream)) waiting.delete(stream)
      else if (!isFull || stream.isHungry()) {
        const at = stream.opensAt(now)
        if (at <= now) candidates.push(stream)
        else opensAt = Math.min(opensAt, at)
      }
    }
    return { candidates, opensAt }
  }

  /** Of those that hold as much it is the last one now: while requests are scarce each has its turn. */
  function toTheEnd (stream: Stream) {
    waiting.delete(stream)
    waiting.add(stream)
  }

  /** Returns when the next one may start, in ms. */
  function startAll (candidates: Stream[], opensAt: number, now: number): number {
    let wakeAt = opensAt
    let left = candidates.sort(byHeld).reverse()
    for (let stream = left.pop(); stream !== undefined; stream = left.pop()) {
      // Others may have taken what it waited for. Asking is much cheaper than trying.
      const at = stream.opensAt(now)
      const result = at > now ? at : stream.start(now)
      if (result === 'started') {
        toTheEnd(stream)
        insert(left, stream)
      }
      if (typeof result === 'number') wakeAt = Math.min(wakeAt, result)
      if (result === 'sated') waiting.delete(stream)
      if (result === 'full') left = left.filter(one => one.isHungry())
    }
    return wakeAt
  }

  /** Takes back what readers who have stopped hold beyond their share, for those who have less than theirs. */
  function reclaim (now: number) {
    const share = budget.share()
    if (budget.allows(sizes.first, false) || ![...waiting].some(({ account }) => account.held < share / 2)) return
    const holders = [...streams].filter(stream => stream.account.held > share && stream.isStalled(stalledMs, now))
    if (holders.filter(stream => stream.shed()).length > 0) changed(null)
  }

  return { changed }
}

function byHeld (one: Stream, other: Stream): number {
  return one.account.held - other.account.held
}

/** Into a list that ends with who holds least, before all that hold as much. */
function insert (list: Stream[], stream: Stream): void {
  const index = list.findIndex(({ account }) => account.held <= stream.account.held)
  list.splice(index < 0 ? list.length : index, 0, stream)
}
