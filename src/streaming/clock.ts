import { setTimeout } from 'node:timers/promises'

/** The time, so that a test can tell it. All in milliseconds; `now` counts from anywhere and never goes back. */
export interface Clock {
  now (): number
  /** Rejects when `signal` aborts. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

/** The computer's own clock. */
export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal })
}
