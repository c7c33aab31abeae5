import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../stage/stage.js'

/** Bytes of files that the sandbox has sent. */
export interface Fetched {
  /** How many more it sent until everything asked for by `work` had been answered. */
  during (work: () => Promise<unknown>): Promise<number>
}

/** The sandbox counts at once; this long without a change, and nothing is on its way any more. */
const quietMs = 300

export function createFetched (stage: Stage, signal: AbortSignal): Fetched {
  const total = async () => (await stage.sandbox.stats()).fileBytes
  const settled = async (): Promise<number> => {
    let before = NaN
    let now = await total()
    while (now !== before) {
      await sleep(quietMs, undefined, { signal })
      before = now
      now = await total()
    }
    return now
  }
  return {
    during: async work => {
      const before = await settled()
      await work()
      return await settled() - before
    }
  }
}
