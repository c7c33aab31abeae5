import { setTimeout as sleep } from 'node:timers/promises'
import { BotRefused } from '../../errors.js'
import type { BotId } from '../../media.js'
import { meaningOf } from '../errors.js'
import type { Log } from '../log.js'
import { backoff, type Timing } from '../timing.js'

/** Does things again until they succeed. */
export interface Patience {
  /**
   * The result of `work`, tried as often as it takes: after as long as Telegram asks, else with growing pauses. `null` where `isAnswer`
   * says that an error is the answer. `what` is what the log says. Throws BotRefused, or the signal's reason.
   */
  until<T> (what: string, work: () => Promise<T>, isAnswer: (error: unknown) => boolean): Promise<T | null>
  until<T> (what: string, work: () => Promise<T>): Promise<T>
  /** Things have changed for the better: pauses that Telegram did not ask for end. */
  wake (): void
}

/** The patience of one bot. Ends with `signal`. */
export function createPatience ({ botId, timing, log }: { readonly botId: BotId, readonly timing: Timing, readonly log: Log }, signal: AbortSignal): Patience {
  let waking = new AbortController()

  /** Resolves with whether it was woken. */
  async function pause (ms: number): Promise<boolean> {
    const { signal: woken } = waking
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, woken]) }).catch(() => signal.throwIfAborted())
    return woken.aborted
  }

  async function until<T> (what: string, work: () => Promise<T>, isAnswer: (error: unknown) => boolean): Promise<T | null>
  async function until<T> (what: string, work: () => Promise<T>): Promise<T>
  async function until<T> (what: string, work: () => Promise<T>, isAnswer: (error: unknown) => boolean = () => false): Promise<T | null> {
    for (let failures = 1; ; failures++) {
      try {
        return await work()
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof BotRefused) throw error
        if (isAnswer(error)) return null
        const meaning = meaningOf(error)
        log.debug({ botId, reason: meaning.reason }, `${what}; it is tried again`)
        if (meaning.kind === 'wait') await sleep(meaning.seconds * 1_000, undefined, { signal })
        else if (await pause(backoff(failures, timing))) failures = 0
      }
    }
  }

  return {
    until,
    wake: () => {
      waking.abort()
      waking = new AbortController()
    }
  }
}
