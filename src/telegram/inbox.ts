import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch } from '../media.js'
import type { Log } from './log.js'
import { backoff, type Timing } from './timing.js'

/** How many batches may wait while delivery fails: some megabytes. */
const waitingLimit = 5_000

/** Hands a bot's batches on, in order and one at a time. */
export interface Inbox {
  add (batch: Batch): void
  /** Resolves when what was added so far is handed on. */
  drained (): Promise<void>
}

/**
 * Makes a bot's inbox. A batch whose delivery rejects is delivered again, with growing pauses, before any later one.
 * When too many wait, the oldest are dropped, and the log says so. Ends with `signal`.
 */
export function createInbox (deliver: (batch: Batch) => Promise<void>, timing: Timing, log: Log, signal: AbortSignal): Inbox {
  const waiting: Batch[] = []
  let running: Promise<void> | null = null

  async function deliverNext (batch: Batch): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        return await deliver(batch)
      } catch (error) {
        log.error({ botId: batch.botId, err: error }, 'what a bot received could not be taken in; it is tried again')
        await sleep(backoff(failures, timing), undefined, { signal }).catch(() => {})
      }
    }
  }

  async function run (): Promise<void> {
    for (let batch = waiting.shift(); batch !== undefined && !signal.aborted; batch = waiting.shift()) await deliverNext(batch)
    running = null
  }

  return {
    add: batch => {
      waiting.push(batch)
      if (waiting.length > waitingLimit) {
        waiting.shift()
        log.error({ botId: batch.botId }, 'too much waits to be taken in: the oldest messages are dropped')
      }
      running ??= run()
    },
    drained: async () => { await running }
  }
}
