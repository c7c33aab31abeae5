import { createPace } from './pace.js'
import { createSpeed } from './speed.js'

/** One request under way on a lane. Times in ms, sizes in bytes. */
export interface Trip {
  readonly size: number
  readonly startedAt: number
  /** How long it should take. */
  readonly expectedMs: number
  readonly deliveredBefore: number
  readonly wasIdle: boolean
  readonly wasFull: boolean
}

/** `restsUntil` in ms of the engine's clock. `perSecond` in requests, Infinity where Telegram never complained. */
export interface LaneReport {
  readonly state: 'ready' | 'resting' | 'recovering'
  readonly restsUntil: number
  readonly inFlightBytes: number
  readonly windowBytes: number
  readonly bytesPerSecond: number
  readonly perSecond: number
}

/** What all requests of one bot to one data centre share. Takes the time, and has none of its own. */
export interface Lane {
  /** When it may serve at all: the end of its rest, in ms. */
  readyAt (): number
  /** When a request of `size` bytes may start, in ms: `now` or earlier, later while it rests or is paced, Infinity until something in flight ends. */
  opensAt (size: number, now: number): number
  /** How long a request of `size` bytes would take if it began now; null while nothing is known. */
  expectedMs (size: number): number | null
  /** Whether something in flight is long overdue. */
  isSuspect (now: number): boolean
  /** The longest chunk that does not block the lane for long, in bytes. */
  chunkBytes (): number
  began (size: number, now: number): Trip
  succeeded (trip: Trip, bytes: number, now: number): void
  failed (trip: Trip, now: number): void
  /** Telegram wants it to rest for `ms`. */
  rested (trip: Trip, ms: number, now: number): void
  /** Nobody waits for the answer any more. */
  dropped (trip: Trip): void
  report (now: number): LaneReport
}

const KiB = 1024
const firstWindow = 256 * KiB
const shortest = 64 * KiB
const longest = 1024 * KiB

/** What may be under way beyond what the latency needs, in ms of the lane's own speed: answers must not wait for requests. */
const queueMs = 400

/** A chunk should pass in this time. */
const chunkMs = 250

/** A row of so many failures, and it must prove itself. */
const tolerated = 3

/** Until so long after its beginning no request is overdue, in ms. */
const patienceMs = 1000

/**
 * A lane is *ready*; or *resting* until Telegram's time is over, exactly; or, after a rest or a row of failures, *recovering*:
 * one request at a time, until one succeeds. Who is gone is not its affair: a file that a bot lost leaves the bot's lane as it is, and
 * a lost bot rests.
 *
 * Its window, in bytes in flight, grows by what succeeds, towards what its speed and latency can use and never above `ceilingBytes`;
 * halves when Telegram floods; begins anew after a row of failures.
 */
export function createLane (ceilingBytes: number): Lane {
  const speed = createSpeed()
  const pace = createPace()
  const trips = new Set<Trip>()
  let inFlight = 0
  let window = Math.min(firstWindow, ceilingBytes)
  let restsUntil = -Infinity
  let failures = 0
  let failedAt = -Infinity
  let mustProve = false

  function leave (trip: Trip) {
    if (trips.delete(trip)) inFlight -= trip.size
  }

  function useful (): number {
    const perMs = speed.perMs()
    return perMs === null ? firstWindow : Math.max(2 * chunkBytes(), perMs * ((speed.latencyMs() ?? 0) + queueMs))
  }

  function chunkBytes (): number {
    const perMs = speed.perMs()
    return perMs === null ? 2 * shortest : powerOfTwo(Math.min(Math.max(perMs * chunkMs, shortest), longest))
  }

  const limit = () => Math.min(window, useful(), ceilingBytes)
  const isRoom = (size: number) => trips.size === 0 || (!mustProve && inFlight + size <= limit())
  const expectedMs = (size: number) => {
    const perMs = speed.perMs()
    return perMs === null ? null : (inFlight + size) / perMs + (speed.latencyMs() ?? 0)
  }

  return {
    chunkBytes,
    expectedMs,
    readyAt: () => restsUntil,
    opensAt: (size, now) => {
      const at = Math.max(restsUntil, pace.opensAt(now))
      return isRoom(size) ? at : Infinity
    },
    isSuspect: now => [...trips].some(({ startedAt, expectedMs }) => now - startedAt > overdueMs(expectedMs)),
    began: (size, now) => {
      const trip = { size, startedAt: now, expectedMs: expectedMs(size) ?? 0, deliveredBefore: speed.total(), wasIdle: trips.size === 0, wasFull: inFlight + 2 * size > limit() }
      trips.add(trip)
      inFlight += size
      pace.began(now)
      return trip
    },
    succeeded: (trip, bytes, now) => {
      leave(trip)
      speed.delivered(trip, bytes, now)
      pace.answered(now)
      if (trip.wasFull) window = Math.min(window + trip.size, ceilingBytes)
      // What was asked before the failure says nothing about the time since.
      if (trip.startedAt < failedAt) return
      failures = 0
      mustProve = false
    },
    failed: (trip, now) => {
      leave(trip)
      // The requests of one window fail as one.
      if (trip.startedAt < failedAt) return
      failedAt = now
      if (++failures < tolerated) return
      mustProve = true
      window = Math.min(firstWindow, ceilingBytes)
    },
    rested: (trip, ms, now) => {
      leave(trip)
      pace.flooded(now)
      if (trip.startedAt >= failedAt) window = Math.max(Math.min(window, inFlight + trip.size) / 2, shortest)
      failedAt = now
      restsUntil = Math.max(restsUntil, now + ms)
      mustProve = true
    },
    dropped: leave,
    report: now => ({
      state: now < restsUntil ? 'resting' : mustProve ? 'recovering' : 'ready',
      restsUntil,
      inFlightBytes: inFlight,
      windowBytes: limit(),
      bytesPerSecond: (speed.perMs() ?? 0) * 1000,
      perSecond: pace.perSecond(now)
    })
  }
}

/** After how long a request that should take `expectedMs` is overdue, in ms. */
export function overdueMs (expectedMs: number): number {
  return Math.max(patienceMs, 2 * expectedMs)
}

/** The highest power of two that is not above `value`. */
export function powerOfTwo (value: number): number {
  return 2 ** Math.floor(Math.log2(value))
}
