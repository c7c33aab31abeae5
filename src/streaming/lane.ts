import { nobody } from './observer.js'
import type { LaneObserver } from './observer.js'
import { createPace } from './pace.js'
import { createSpeed } from './speed.js'

/** One request under way on a lane. Times in ms, sizes in bytes. Only the lane writes to it. */
export interface Trip {
  readonly size: number
  /** When it was asked for; then, when it was sent: a connection may have to be made first. */
  startedAt: number
  /** How long it should take, from then on. */
  expectedMs: number
  deliveredBefore: number
  readonly wasIdle: boolean
  readonly wasFull: boolean
}

/** `restsUntil` in ms of the engine's clock. `perSecond` in requests, Infinity where Telegram never complained. */
export interface LaneReport {
  readonly state: 'ready' | 'resting' | 'recovering' | 'gone'
  readonly restsUntil: number
  readonly inFlightBytes: number
  readonly windowBytes: number
  readonly bytesPerSecond: number
  readonly perSecond: number
}

/** What all requests of one bot to one data centre share. Takes the time, and has none of its own. */
export interface Lane {
  readonly observer: LaneObserver
  /** When it may serve at all: the end of its rest, in ms. */
  readyAt (): number
  /** When a request of `size` bytes may start, in ms: `now` or earlier, later while it rests or is paced, Infinity until something in flight ends. */
  opensAt (size: number, now: number): number
  /** How long a request of `size` bytes would take if it began now; null while nothing is known, or nothing recent. */
  expectedMs (size: number, now: number): number | null
  /** Whether something in flight is long overdue. */
  isSuspect (now: number): boolean
  /** The longest chunk that does not block the lane for long, in bytes. */
  chunkBytes (): number
  began (size: number, now: number): Trip
  /** The request is on its way to Telegram: what it waited for until then says nothing about the lane's speed. */
  sent (trip: Trip, now: number): void
  succeeded (trip: Trip, bytes: number, now: number): void
  failed (trip: Trip, now: number): void
  /** Telegram wants it to rest for `ms`. */
  rested (trip: Trip, ms: number, now: number): void
  /** The data centre cannot be reached for `ms`. */
  cutOff (trip: Trip, ms: number, now: number): void
  /** The bot was turned away for good. */
  lost (trip: Trip, now: number): void
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

/** What was measured is forgotten when the lane was unused for so long, in ms: an unlucky measurement must not keep it unused. */
const freshMs = 20_000

/** For so long a bot that was turned away is not asked, in ms: its owner has to act first. */
const goneMs = 60_000

/**
 * The health of one bot at one data centre. A lane is *ready*; or *resting* until Telegram's time is over, exactly, or the next attempt to reach it is due; or *gone*, when Telegram
 * turned the bot away: then nobody asks it for a minute. After a rest, a row of failures, or that minute it is *recovering*: one
 * request at a time, until one succeeds. A file that the bot lost leaves its lane as it is.
 *
 * Its window, in bytes in flight, grows by what succeeds, towards what its speed and latency can use and never above `ceilingBytes`;
 * halves when Telegram floods; begins anew after a row of failures.
 */
export function createLane (ceilingBytes: number, observer: LaneObserver = nobody.lane('')): Lane {
  const speed = createSpeed()
  const pace = createPace()
  const trips = new Set<Trip>()
  let inFlight = 0
  let window = Math.min(firstWindow, ceilingBytes)
  let restsUntil = -Infinity
  let failures = 0
  let failedAt = -Infinity
  let usedAt = -Infinity
  let isGone = false
  let mustProve = false
  let bounds: { readonly limit: number, readonly reserve: number } | null = null

  function leave (trip: Trip) {
    if (trips.delete(trip)) inFlight -= trip.size
  }

  function useful (): number {
    const perMs = speed.perMs()
    return perMs === null ? firstWindow : Math.max(2 * chunkBytes(), perMs * ((speed.latencyMs() ?? 0) + queueMs))
  }

  function chunkBytes (): number {
    const perMs = speed.perMs()
    return perMs === null ? shortest : powerOfTwo(Math.min(Math.max(perMs * chunkMs, shortest), longest))
  }

  /** Asked for each stream that waits, so it is kept until an answer comes. */
  function room () {
    bounds ??= measure()
    return bounds
  }

  function measure () {
    const limit = Math.min(window, useful(), ceilingBytes)
    // Short requests leave room for a long one: else they would take, one by one, what it waits for.
    return { limit, reserve: Math.min(chunkBytes(), limit / 2) }
  }

  // Of a lane of which nothing is known one chunk is asked: were it slow, several would hold up those who wait for them.
  const isRoom = (size: number) => trips.size === 0 || (!mustProve && speed.perMs() !== null && isWithin(inFlight, size))
  const isWithin = (used: number, size: number) => used + Math.max(size, room().reserve) <= room().limit
  const expectedMs = (size: number, now: number) => {
    const perMs = speed.perMs()
    const isStale = trips.size === 0 && now - usedAt > freshMs
    return perMs === null || isStale ? null : (inFlight + size) / perMs + (speed.latencyMs() ?? 0)
  }

  /** The requests of one window fail as one: whether this one began after the last failure. */
  const isNews = (trip: Trip) => trip.startedAt >= failedAt

  function restUntil (at: number) {
    restsUntil = Math.max(restsUntil, at)
    mustProve = true
  }

  return {
    observer,
    chunkBytes,
    expectedMs,
    readyAt: () => restsUntil,
    opensAt: (size, now) => {
      const at = Math.max(restsUntil, pace.opensAt(now))
      return isRoom(size) ? at : Infinity
    },
    isSuspect: now => {
      // The oldest is the first to be overdue.
      const [oldest] = trips
      return oldest !== undefined && now - oldest.startedAt > overdueMs(oldest.expectedMs)
    },
    began: (size, now) => {
      const trip = { size, startedAt: now, expectedMs: expectedMs(size, now) ?? 0, deliveredBefore: speed.total(), wasIdle: trips.size === 0, wasFull: !isWithin(inFlight + size, size) }
      trips.add(trip)
      inFlight += size
      usedAt = now
      pace.began(now)
      return trip
    },
    sent: (trip, now) => {
      trip.startedAt = now
      trip.deliveredBefore = speed.total()
    },
    succeeded: (trip, bytes, now) => {
      leave(trip)
      usedAt = now
      speed.delivered(trip, bytes, now)
      pace.answered(now)
      if (trip.wasFull) window = Math.min(window + trip.size, ceilingBytes)
      bounds = null
      // What was asked before the failure says nothing about the time since.
      if (!isNews(trip)) return
      failures = 0
      mustProve = isGone = false
    },
    failed: (trip, now) => {
      leave(trip)
      if (!isNews(trip)) return
      failedAt = now
      if (++failures < tolerated) return
      mustProve = true
      window = Math.min(firstWindow, ceilingBytes)
      bounds = null
    },
    rested: (trip, ms, now) => {
      if (isNews(trip)) {
        pace.flooded(now, ms)
        window = Math.max(Math.min(window, inFlight) / 2, shortest)
        bounds = null
        failedAt = now
      }
      leave(trip)
      restUntil(now + ms)
    },
    cutOff: (trip, ms, now) => {
      leave(trip)
      restUntil(now + ms)
    },
    lost: (trip, now) => {
      leave(trip)
      isGone = true
      restUntil(now + goneMs)
    },
    dropped: leave,
    report: now => ({
      state: now < restsUntil ? (isGone ? 'gone' : 'resting') : mustProve ? 'recovering' : 'ready',
      restsUntil,
      inFlightBytes: inFlight,
      windowBytes: room().limit,
      bytesPerSecond: (speed.perMs() ?? 0) * 1000,
      perSecond: pace.perSecond(now)
    })
  }
}

/** After how long a request that should take `expectedMs` is overdue, in ms. */
export function overdueMs (expectedMs: number): number {
  return Math.max(patienceMs, 2 * expectedMs)
}

/** The highest power of two that is not above `value`, from 1 to 2^31. */
export function powerOfTwo (value: number): number {
  return 2 ** (31 - Math.clz32(value))
}
