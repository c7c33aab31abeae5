import { createTolerance } from './tolerance.js'

/** How many requests a second one lane makes. Times in ms. */
export interface Pace {
  /** When the next request may start: `now` or earlier where nothing is in its way. */
  opensAt (now: number): number
  began (now: number): void
  answered (now: number): void
  /** Telegram asked to wait for `waitMs`: after that it is asked less often than it just was. */
  flooded (now: number, waitMs: number): void
  /** Requests a second; Infinity where none is set. */
  perSecond (now: number): number
}

/** After a flood: the share of the borne rate to begin with, its growth in the first second, and the seconds that double that growth. */
interface Course {
  readonly share: number
  readonly growth: number
  readonly quickensIn: number
}

/** A guess is probably too low, and the next flood makes it a measurement. */
const guessing: Course = { share: 0.95, growth: 0.02, quickensIn: 4 }

/** What was measured is kept for long: each flood costs a rest. This is for rests of 3 s, less for longer ones. */
const measuring: Course = { share: 0.97, growth: 0.0004, quickensIn: 60 }
const usualRestMs = 3000

/** So many times what Telegram did not bear, borne now: the limit is another one, or gone. */
const outgrown = 4

/** The least, in requests a second, and of the pace before. */
const least = { perSecond: 0.2, ofBefore: 0.5 }

/** A timer that fires late by this many ms must not cost a turn. */
const lateMs = 20

/**
 * Unlimited until Telegram floods; then a little less than it seems to bear, and slowly more again, until the limit is outgrown.
 * Against a bucket that holds one or two seconds' worth, 90 s and rests of 3 s: 0.91 to 0.98 of what is allowed, with two floods
 * (test/streaming/pace.ts).
 */
export function createPace (): Pace {
  const tolerance = createTolerance()
  let base = Infinity
  let course = guessing
  let growth = 0
  let setAt = 0
  let nextAt = -Infinity

  const perSecond = (now: number): number => {
    if (base === Infinity) return Infinity
    const seconds = Math.max(now - setAt, 0) / 1000
    const current = base * Math.exp(growth * seconds * (1 + seconds / course.quickensIn))
    return course === measuring && current > outgrown * base ? Infinity : current
  }

  return {
    perSecond,
    opensAt: now => perSecond(now) === Infinity ? now : nextAt,
    began: now => {
      const gap = 1000 / perSecond(now)
      nextAt = Math.max(nextAt, now - Math.min(gap, lateMs)) + gap
    },
    answered: tolerance.answered,
    flooded: (now, waitMs) => {
      const current = perSecond(now)
      const borne = tolerance.flooded(now)
      if (borne === null) return
      course = borne.isMeasured ? measuring : guessing
      growth = borne.isMeasured ? course.growth * Math.min(1, usualRestMs / waitMs) : course.growth
      const lowest = current === Infinity ? 0 : current * least.ofBefore
      base = Math.max(Math.min(borne.perSecond, current) * course.share, lowest, least.perSecond)
      setAt = now + waitMs
    }
  }
}
