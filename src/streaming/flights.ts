import { setMaxListeners } from 'node:events'
import { SourceFailed, SourceUnreachable } from '../errors.js'
import type { Appetite } from './appetite.js'
import type { Clock } from './clock.js'
import { failedElsewhere, waited } from './slot.js'
import type { Slot } from './slot.js'
import type { Flight, Way, Ways } from './ways.js'

export interface FlightsOptions {
  readonly clock: Clock
  readonly ways: Ways
  readonly appetite: Appetite
  /** The slot has what it needed. */
  settled (slot: Slot): void
  /** A request ended, well or not. */
  changed (): void
  /** Nobody waits for this answer any more. */
  recycle (answer: Uint8Array): void
}

/** The requests that a stream has under way. */
export interface Flights {
  /** Asks for the slot's chunk. */
  launch (slot: Slot, way: Way, now: number): void
  /** Ends all requests; `reason` is what their sources are told. */
  end (reason: Error): void
}

/**
 * Requests for chunks. One that another one has overtaken is not taken back: its answer comes down the line all the same, and
 * until it does, or fails, its lane is known to be in trouble.
 */
export function createFlights ({ clock, ways, appetite, settled, changed, recycle }: FlightsOptions): Flights {
  const all = new Set<Flight>()
  // One for all of a stream's requests: none of them is ended by itself.
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)

  function launch (slot: Slot, way: Way, now: number) {
    waited(slot, now)
    slot.tries.set(way, (slot.tries.get(way) ?? 0) + 1)
    const { lane } = way
    const flight = { way, lane, trip: lane.began(slot.chunk.limit, now) }
    slot.flights.add(flight)
    all.add(flight)
    fly(slot, flight).then(bytes => land(slot, flight, bytes), error => crash(slot, flight, error))
  }

  async function fly ({ chunk, length }: Slot, { way, lane, trip }: Flight): Promise<Uint8Array> {
    const bytes = await way.source.fetch(chunk.offset, chunk.limit, () => lane.sent(trip, clock.now()), ending.signal)
    if (bytes.length !== length) throw new SourceFailed(`${bytes.length} bytes at ${chunk.offset} instead of ${length}`)
    return bytes
  }

  function land (slot: Slot, flight: Flight, bytes: Uint8Array) {
    if (!all.delete(flight)) return recycle(bytes)
    const now = clock.now()
    ways.worked(flight, bytes.length, now)
    if (slot.flights.has(flight)) {
      appetite.fetched(now - flight.trip.startedAt)
      if (failedElsewhere(slot, flight.way)) flight.lane.observer.stoodIn()
      slot.outcome = { bytes, lane: flight.lane }
      slot.flights.clear()
      settled(slot)
    } else {
      recycle(bytes)
    }
    changed()
  }

  function crash (slot: Slot, flight: Flight, error: unknown) {
    if (!all.delete(flight)) return
    slot.flights.delete(flight)
    slot.failedOn ??= new Set()
    slot.failedOn.add(flight.way)
    // Waiting for a way back has a limit of its own.
    if (error instanceof SourceUnreachable) slot.tries.set(flight.way, (slot.tries.get(flight.way) ?? 1) - 1)
    slot.cause = error instanceof Error ? error : new SourceFailed(String(error))
    ways.failed(flight, error, clock.now())
    changed()
  }

  function end (reason: Error) {
    for (const { lane, trip } of all) lane.dropped(trip)
    all.clear()
    ending.abort(reason)
  }

  return { launch, end }
}
