/** The time, so that a test can tell it. All in milliseconds; `now` counts from anywhere and never goes back. */
export interface Clock {
  now (): number
  /** Calls once when `ms` have passed; the function that comes back prevents it. */
  after (ms: number, call: () => void): () => void
  /** Calls once, when what happens now is done. */
  soon (call: () => void): void
}

/** The computer's own clock. */
export const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  soon: call => { setImmediate(call) }
}
