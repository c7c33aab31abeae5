import { setTimeout as sleep } from 'node:timers/promises'

/** The highest of what is read until it is stopped. */
export interface Peak {
  /** The highest value so far; NaN before the first. */
  highest (): number
  /** Begins anew. */
  reset (): void
  stop (): void
}

/** Reads a value four times a second. A reading that fails is left out: the process may just have ended. */
export function watchPeak (read: () => Promise<number>, signal: AbortSignal): Peak {
  const stopping = new AbortController()
  let highest = NaN
  const watch = async () => {
    while (true) {
      await sleep(250, undefined, { signal: AbortSignal.any([signal, stopping.signal]) })
      const value = await read().catch(() => NaN)
      if (!Number.isNaN(value) && !(value <= highest)) highest = value
    }
  }
  // Ends by being aborted.
  watch().catch(() => {})
  return { highest: () => highest, reset: () => { highest = NaN }, stop: () => stopping.abort() }
}
