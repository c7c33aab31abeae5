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

/**
 * The rate as BBR takes it: bytes that came during a request, over the time it took, the highest of the last seconds. A
 * request that did not find the lane busy says only that the lane is at least that fast. The latency is that of requests
 * which waited for no other; a lane that is never idle keeps the last one.
 */
export function createSpeed (): Speed {
  let total = 0
  let latency: number | null = null
  let rates = { current: 0, before: 0, since: 0 }

  function note (rate: number, wasFull: boolean, now: number) {
    const highest = Math.max(rates.current, rates.before)
    if (!wasFull && rate <= highest) return
    if (now - rates.since > memoryMs) rates = { current: 0, before: rates.current, since: now }
    rates.current = Math.max(rates.current, rate)
  }

  return {
    perMs: () => Math.max(rates.current, rates.before) || null,
    latencyMs: () => latency,
    total: () => total,
    delivered: ({ startedAt, deliveredBefore, wasIdle, wasFull }, bytes, now) => {
      total += bytes
      // A clock's tick is no basis for a rate.
      const elapsed = Math.max(now - startedAt, 1)
      if (wasIdle) latency = latency === null ? elapsed : Math.min(elapsed, latency * 0.75 + elapsed * 0.25)
      note((total - deliveredBefore) / elapsed, wasFull, now)
    }
  }
}
