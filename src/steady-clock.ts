import { setTimeout } from 'node:timers/promises'

/** What time it is, in ms since whenever, and how to wait. */
export interface Clock {
  now (): number
  /** Rejects when `signal` aborts. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

/** The machine's. */
export const steadyClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => { await setTimeout(ms, undefined, { signal }) }
}
