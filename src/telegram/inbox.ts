import { setTimeout as sleep } from 'node:timers/promises'
import { StateBehind } from '../errors.js'
import type { Batch } from '../media.js'
import type { Log } from './log.js'
import { backoff, type Timing } from './timing.js'

/** How much may wait while delivery fails, in batches and messages together: some megabytes. */
const waitingLimit = 2_000

/** How much is delivered at once: one transaction. */
const atOnce = 500

/** The longest pause before delivery is tried again, in ms: what waits here is not in the catalogue. */
const longestPauseMs = 5_000

/** Hands a bot's batches on, in order and one delivery at a time. */
export interface Inbox {
  add (batch: Batch): void
  /** Whether so much waits that nothing more should come: what Telegram keeps is safe there. */
  isFull (): boolean
  /** How many batches and messages wait. */
  waiting (): number
  /** Resolves when what was added so far is handed on. */
  drained (): Promise<void>
}

export interface InboxOptions {
  /** Takes in batches, all or none. Rejecting with StateBehind: what waits does not follow on what is stored. */
  deliver (batches: readonly Batch[]): Promise<void>
  /** Told when there is room again after the inbox was full. */
  onRoom (): void
  /** Told after StateBehind, when everything that waited was dropped: it is to be fetched again from what is stored. */
  onBehind (): void
  readonly timing: Timing
  readonly log: Log
}

/**
 * Makes a bot's inbox. Batches whose delivery rejects are delivered again, with growing pauses, before any later one.
 * Nothing is dropped but after StateBehind; whoever adds is to look at `isFull` before. Ends with `signal`.
 */
export function createInbox ({ deliver, onRoom, onBehind, timing, log }: InboxOptions, signal: AbortSignal): Inbox {
  let waiting: Batch[] = []
  let weight = 0
  let wasFull = false
  let running: Promise<void> | null = null

  async function deliverNext (batches: readonly Batch[]): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await deliver(batches)
        if (failures > 1) log.info({ botId: batches[0]?.botId }, 'what a bot received can be taken in again')
        return
      } catch (error) {
        if (error instanceof StateBehind) throw error
        // One line for each outage, not for each attempt.
        if (failures === 1) log.error({ botId: batches[0]?.botId, err: error }, 'what a bot received could not be taken in; it is tried again')
        await sleep(Math.min(backoff(failures, timing), longestPauseMs), undefined, { signal }).catch(() => {})
      }
    }
  }

  async function run (): Promise<void> {
    while (waiting.length > 0 && !signal.aborted) {
      const batches = firstOf(waiting)
      try {
        await deliverNext(batches)
        waiting.splice(0, batches.length)
        weight -= weightOf(batches)
      } catch (error) {
        forgetAll(error)
      }
      tellRoom()
    }
    running = null
  }

  function forgetAll (error: unknown): void {
    log.warn({ botId: waiting[0]?.botId, err: error }, 'the database was put back to an earlier moment: what is missing there is fetched again')
    waiting = []
    weight = 0
    onBehind()
  }

  function tellRoom (): void {
    if (!wasFull || weight > waitingLimit / 2) return
    wasFull = false
    onRoom()
  }

  return {
    add: batch => {
      waiting.push(batch)
      weight += weightOf([batch])
      wasFull ||= weight >= waitingLimit
      running ??= run()
    },
    isFull: () => wasFull,
    waiting: () => weight,
    drained: async () => { await running }
  }
}

function weightOf (batches: readonly Batch[]): number {
  return batches.reduce((sum, { messages }) => sum + 1 + messages.length, 0)
}

function firstOf (waiting: readonly Batch[]): Batch[] {
  let room = atOnce
  const end = waiting.findIndex(batch => { room -= weightOf([batch]); return room <= 0 })
  return waiting.slice(0, end === -1 ? waiting.length : end + 1)
}
