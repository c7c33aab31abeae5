import { BotRefused, SourceGone, SourceResting, SourceUnreachable } from '../errors.js'
import type { Lane, Trip } from './lane.js'
import type { Source } from './source.js'

/** One of a stream's sources, as it fares in this stream. `readyAt` in ms; `failures` since it last worked. */
export interface Way {
  readonly source: Source
  readonly lane: Lane
  readonly isGone: boolean
  readonly readyAt: number
  readonly failures: number
}

/** A request under way. */
export interface Flight {
  readonly way: Way
  /** The way's lane when it began. */
  readonly lane: Lane
  readonly trip: Trip
}

/** How long a source that failed `failures` times in a row is left alone by a stream, in ms. */
export function backOff (failures: number): number {
  return Math.min(250 * 2 ** (failures - 1), 2000)
}

/**
 * A stream's sources. One that lost the file, or whose bot was turned away, is *gone*, for this stream; one that failed is left alone for a while, by
 * this stream: another file may be all right there. What concerns all of a bot's requests to a data centre is its lane's affair.
 */
export function createWays (sources: readonly Source[], laneNamed: (name: string) => Lane) {
  const ways = sources.map(source => ({ source, lane: laneNamed(source.lane), isGone: false, readyAt: -Infinity, failures: 0, failedAt: -Infinity }))
  let left = ways

  /** The file may have turned out to be at another data centre. */
  function own (way: Way) {
    const found = ways.find(one => one === way)
    if (found !== undefined) found.lane = laneNamed(found.source.lane)
    return found
  }

  function lose (way: { isGone: boolean }) {
    way.isGone = true
    left = ways.filter(({ isGone }) => !isGone)
  }

  function fail (flight: Flight, now: number) {
    const way = own(flight.way)
    flight.lane.failed(flight.trip, now)
    // The requests of one window fail as one.
    if (way === undefined || flight.trip.startedAt < way.failedAt) return
    way.failures++
    way.failedAt = now
    way.readyAt = now + backOff(way.failures)
  }

  /** Where the request ended: it may have followed its file to another data centre, which is the one that rests or cannot be reached. */
  function laneOf (flight: Flight): Lane {
    const lane = own(flight.way)?.lane ?? flight.lane
    if (lane !== flight.lane) flight.lane.dropped(flight.trip)
    return lane
  }

  function rest (flight: Flight, { retryAfterSeconds, concerns }: SourceResting, now: number) {
    if (concerns === 'lane') return laneOf(flight).rested(flight.trip, retryAfterSeconds * 1000, now)
    flight.lane.dropped(flight.trip)
    const way = own(flight.way)
    if (way !== undefined) way.readyAt = Math.max(way.readyAt, now + retryAfterSeconds * 1000)
  }

  return {
    /** Those that may still serve; the same array for as long as they are the same. */
    left: (): readonly Way[] => left,
    worked: (flight: Flight, bytes: number, now: number) => {
      const way = own(flight.way)
      if (way !== undefined) way.failures = 0
      flight.lane.observer.fetched(bytes, now - flight.trip.startedAt)
      flight.lane.succeeded(flight.trip, bytes, now)
    },
    failed: (flight: Flight, error: unknown, now: number) => {
      const way = own(flight.way)
      flight.lane.observer.failed(error)
      const isGone = error instanceof SourceGone || error instanceof BotRefused
      if (isGone && way !== undefined) lose(way)
      if (error instanceof SourceGone) flight.lane.dropped(flight.trip)
      else if (error instanceof BotRefused) flight.lane.lost(flight.trip, now)
      else if (error instanceof SourceResting) rest(flight, error, now)
      else if (error instanceof SourceUnreachable) laneOf(flight).cutOff(flight.trip, Math.max(error.retryAfterSeconds * 1000, backOff(1)), now)
      else fail(flight, now)
    }
  }
}

/** A stream's sources, and how they fare in it. */
export type Ways = ReturnType<typeof createWays>
