import { setTimeout as sleep } from 'node:timers/promises'
import { BotRefused } from '../../errors.js'
import type { BotId, ChatId } from '../../media.js'
import { meaningOf } from '../errors.js'
import type { Log } from '../log.js'
import { backoff, type Timing } from '../timing.js'
import { createTroubles, type Trouble } from './troubles.js'

/** A place among several who want something; given up for a while, so that others come to theirs. */
export interface Turn {
  leave (): void
  /** Resolves when it has come again. */
  take (): Promise<void>
}

/** What is done, besides how. */
export interface Errand {
  /** Whether an error is the answer. */
  isAnswer (error: unknown): boolean
  /** The chat for which it is done, which the log names. */
  readonly chatId?: ChatId
  /** Given up during pauses of our own. */
  readonly turn?: Turn
}

/** Does things again until they succeed. */
export interface Patience {
  /**
   * The result of `work`, tried as often as it takes: after as long as Telegram asks, else with growing pauses. `null` where an error
   * was the answer. `what` is what the log says, loudly once it has lasted for `timing.troubleMs` or will. Throws BotRefused, or the signal's reason.
   */
  until<T> (what: string, work: () => Promise<T>, errand: Errand): Promise<T | null>
  until<T> (what: string, work: () => Promise<T>): Promise<T>
  /** Things have changed for the better: pauses that Telegram did not ask for end. */
  wake (): void
}

/** The patience of one bot. Ends with `signal`. */
export function createPatience ({ botId, timing, log }: { readonly botId: BotId, readonly timing: Timing, readonly log: Log }, signal: AbortSignal): Patience {
  const watch = createTroubles({ botId, timing, log })
  let waking = new AbortController()

  /** Resolves with whether it was woken. */
  async function pause (ms: number): Promise<boolean> {
    const { signal: woken } = waking
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, woken]) }).catch(() => signal.throwIfAborted())
    return woken.aborted
  }

  async function until<T> (what: string, work: () => Promise<T>, errand: Errand): Promise<T | null>
  async function until<T> (what: string, work: () => Promise<T>): Promise<T>
  async function until<T> (what: string, work: () => Promise<T>, { isAnswer, turn, chatId }: Partial<Errand> = {}): Promise<T | null> {
    const trouble = watch(what, chatId)
    try {
      for (let failures = 1; ; failures++) {
        try {
          return await work()
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof BotRefused) throw error
          if (isAnswer?.(error) === true) return null
          if (await pauseAfter(error, failures, trouble, turn)) failures = 0
        }
      }
    } finally {
      trouble.end()
    }
  }

  /** Resolves with whether the pause was cut short. */
  async function pauseAfter (error: unknown, failures: number, trouble: Trouble, turn: Turn | undefined): Promise<boolean> {
    const meaning = meaningOf(error)
    const ms = meaning.kind === 'wait' ? meaning.seconds * 1_000 : backoff(failures, timing)
    trouble.failed(meaning.reason, ms)
    if (meaning.kind !== 'wait') return await pauseAside(ms, turn)
    // A wait that Telegram asks for concerns the others, too.
    await sleep(ms, undefined, { signal })
    return false
  }

  async function pauseAside (ms: number, turn: Turn | undefined): Promise<boolean> {
    turn?.leave()
    const isWoken = await pause(ms)
    await turn?.take()
    return isWoken
  }

  return {
    until,
    wake: () => {
      waking.abort()
      waking = new AbortController()
    }
  }
}
