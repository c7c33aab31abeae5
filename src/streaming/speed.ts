/** What is known about how fast a lane delivers. */
export interface Speed {
  /** Bytes per ms: the most that was delivered lately; null while nothing is known. */
  perMs (): number | null
  /** How long a request takes that finds the lane idle, in ms; null while nothing is known. */
  latencyMs (): number | null
  /** A request that began at `startedAt`, when `deliveredBefore` bytes had come, is answered with `bytes` more. */
  delivered (trip: { readonly startedAt: number, readonly deliveredBefore: number, readonly wasIdle: boolean, readonly wasFull: boolean }, bytes: number, now: number): void
  /** All bytes that came so far. */
  total (): number
}

/** How long the fastest delivery is remembered, in ms; between one and two of these. */
const memoryMs = 3000

/** What comes within so short a time, in ms, says nothing of what would come in a longer one: lines that are limited let a little pass at once. */
const burstMs = 20

/**
 * The rate as BBR takes it: bytes that came during a request, over the time it took, the highest of the last seconds. A
 * request that did not find the lane busy says only that the lane is at least that fast. The latency is that of requests
 * which waited for no other, and grows by those only that were short for the rate; a lane that is never idle keeps the last one.
 */
export function createSpeed (): Speed {
  let total = 0
  let latency: number | null = null
  let rates = { current: 0, before: 0, since: 0 }

  const highest = () => Math.max(rates.current, rates.before)

  /** A request that took `ms`, and whose bytes need `carryMs` of them at the highest known rate: where that is most of it, it did not wait long. */
  function learnLatency (ms: number, carryMs: number) {
    if (latency === null || ms < latency) latency = ms
    else if (carryMs < ms / 2) latency = latency * 0.75 + ms * 0.25
  }

  function note (rate: number, wasFull: boolean, now: number) {
    if (!wasFull && rate <= highest()) return
    if (now - rates.since > memoryMs) rates = { current: 0, before: rates.current, since: now }
    rates.current = Math.max(rates.current, rate)
  }

  return {
    perMs: () => highest() || null,
    latencyMs: () => latency,
    total: () => total,
    delivered: ({ startedAt, deliveredBefore, wasIdle, wasFull }, bytes, now) => {
      total += bytes
      const elapsed = now - startedAt
      if (wasIdle) learnLatency(elapsed, bytes / (highest() || Infinity))
      note((total - deliveredBefore) / Math.max(elapsed, burstMs), wasFull, now)
    }
  }
}
