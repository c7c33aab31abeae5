import type { Chunk } from './plan.js'
import type { Lane } from './lane.js'
import type { Flight, Way } from './ways.js'

/**
 * One chunk on its way to the reader. It is *idle* (nobody fetches it), *under way* (by one flight, or more when those are overdue),
 * *here*, or *failed*.
 */
export interface Slot {
  readonly chunk: Chunk
  /** How long a right answer is: shorter than the limit at the end of the file. */
  readonly length: number
  readonly flights: Set<Flight>
  /** How often each way was tried. */
  readonly tries: Map<Way, number>
  /** `lane`: over which it came; `at`: when it was given up, in ms. */
  outcome: { readonly bytes: Uint8Array, readonly lane: Lane } | { readonly error: Error, readonly at: number } | null
  /** What went wrong last. */
  cause: Error | undefined
  /** On which ways it failed; `null`: none. */
  failedOn: Set<Way> | null
  /** How long it waited for sources that rest, in ms, and since when it does. */
  waitedMs: number
  waitsSince: number | null
}

/** A slot that nobody fetches yet. */
export function createSlot (chunk: Chunk, fileSize: number): Slot {
  return {
    chunk,
    length: Math.min(chunk.limit, fileSize - chunk.offset),
    flights: new Set(),
    tries: new Map(),
    outcome: null,
    cause: undefined,
    failedOn: null,
    waitedMs: 0,
    waitsSince: null
  }
}

/** Whether somebody must fetch it. */
export function isIdle ({ flights, outcome }: Slot): boolean {
  return flights.size === 0 && outcome === null
}

/** Whether it was given up. */
export function hasFailed ({ outcome }: Slot): boolean {
  return outcome !== null && 'error' in outcome
}

/** Whether it failed on a way other than this one. */
export function failedElsewhere ({ failedOn }: Slot, way: Way): boolean {
  return failedOn !== null && failedOn.size > (failedOn.has(way) ? 1 : 0)
}

/** Takes note that the slot waits for a rest until `readyAt` (ms). Returns whether all its waits together stay within `waitMs`. */
export function waitsFor (slot: Slot, readyAt: number, waitMs: number, now: number): boolean {
  slot.waitsSince ??= now
  return slot.waitedMs + readyAt - slot.waitsSince <= waitMs
}

/** Takes note that the wait is over. */
export function waited (slot: Slot, now: number): void {
  if (slot.waitsSince !== null) slot.waitedMs += now - slot.waitsSince
  slot.waitsSince = null
}

/** It may be tried again if it was given up before `at` (ms). */
export function forgive (slot: Slot, at: number): void {
  if (slot.outcome === null || !('error' in slot.outcome) || slot.outcome.at >= at) return
  slot.outcome = null
  slot.tries.clear()
  slot.waitedMs = 0
  slot.waitsSince = null
}
