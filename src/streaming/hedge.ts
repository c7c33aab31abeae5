import type { Clock } from './clock.js'
import { overdueMs } from './lane.js'
import type { Slot } from './slot.js'

/** What may be fetched twice because an answer was overdue, in bytes: one lane's window, and a share of what was delivered. */
const spare = { bytes: 4 * 1024 * 1024, share: 0.02 }

/** How often an overdue chunk looks for another way, in ms. */
const lookAgainMs = 250

export interface HedgeOptions {
  readonly clock: Clock
  /** What the reader waits for. */
  head (): Slot | undefined
  /** All bytes that the reader got. */
  taken (): number
  /** Asks for the slot's chunk by one more way that will certainly be faster than `withinMs`, if there is one. Returns whether there was. */
  launch (slot: Slot, withinMs: number, now: number): boolean
}

/** While its reader waits, a stream's overdue chunk is fetched by another way as well: the first answer wins. */
export interface Hedge {
  /** The reader waits. */
  watch (): void
  /** It does not any more. */
  unwatch (): void
}

export function createHedge ({ clock, head, taken, launch }: HedgeOptions): Hedge {
  let fetchedTwice = 0
  let cancel = () => {}

  /** When all that fetch the head are overdue: those who were asked instead may be in the same trouble. Null where nothing is to be hedged now. */
  function dueAt (): number | null {
    const flights = [...head()?.flights ?? []]
    return flights.length === 0 ? null : Math.max(...flights.map(({ trip }) => trip.startedAt + overdueMs(trip.expectedMs)))
  }

  function watch () {
    unwatch()
    const due = dueAt()
    const ms = due === null ? lookAgainMs : Math.max(due - clock.now(), 0) + 1
    cancel = clock.after(ms, look)
  }

  function look () {
    const due = dueAt()
    const now = clock.now()
    if (due !== null && due < now) hedge(now)
    // Nobody else may be free just now, and who was asked instead may end first.
    cancel = clock.after(lookAgainMs, look)
  }

  function hedge (now: number) {
    const slot = head()
    if (slot === undefined) return
    const size = slot.chunk.limit
    if (fetchedTwice + size > spare.bytes + spare.share * taken()) return
    const elapsedMs = now - Math.max(...[...slot.flights].map(({ trip }) => trip.startedAt))
    if (launch(slot, elapsedMs / 2, now)) fetchedTwice += size
  }

  function unwatch () {
    cancel()
    cancel = () => {}
  }

  return { watch, unwatch }
}
