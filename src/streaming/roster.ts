import { SourceGone, SourceResting } from '../errors.js'
import type { Source } from './source.js'

/** How one source fares in one stream: usable from `readyAt` (ms); `failures` since it last worked. */
export interface Standing {
  readonly source: Source
  readonly readyAt: number
  readonly failures: number
}

/** Who of a stream's sources comes next. */
export interface Roster {
  /** Those that are not gone, in the order to try. */
  standings (): readonly Standing[]
  /** The source delivered. */
  worked (standing: Standing): void
  /** The source failed with `error` at `now` (ms). What `failures` said when it was asked tells an old failure from a new one. */
  failed (standing: Standing, failuresBefore: number, error: unknown, now: number): void
}

/** How long a source that failed `failures` times in a row is left alone, in milliseconds. */
export function backOff (failures: number): number {
  return Math.min(250 * 2 ** (failures - 1), 2000)
}

/**
 * One stream's sources. A source is *ready*; or *resting* until a time, behind the others, because it said so or failed;
 * or *gone*, and out of the list. A good answer makes it ready, but not first again: what works is kept.
 */
export function createRoster (sources: readonly Source[]): Roster {
  const order = sources.map(source => ({ source, readyAt: -Infinity, failures: 0 }))

  function remove (source: Source) {
    const at = order.findIndex(standing => standing.source === source)
    return order.splice(at, at < 0 ? 0 : 1)[0]
  }

  function demote (source: Source, change: { failures: number, readyAt: number }) {
    const standing = remove(source)
    if (standing === undefined) return
    standing.failures = change.failures
    standing.readyAt = Math.max(standing.readyAt, change.readyAt)
    order.push(standing)
  }

  return {
    standings: () => order,
    worked: ({ source }) => {
      const standing = order.find(one => one.source === source)
      if (standing !== undefined) standing.failures = 0
    },
    failed: ({ source, failures }, failuresBefore, error, now) => {
      if (error instanceof SourceGone) remove(source)
      else if (error instanceof SourceResting) demote(source, { failures, readyAt: now + error.retryAfterSeconds * 1000 })
      // A window of requests fails as one: the second to the eighth say nothing new.
      else if (failures === failuresBefore) demote(source, { failures: failures + 1, readyAt: now + backOff(failures + 1) })
    }
  }
}
