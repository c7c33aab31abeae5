import { setMaxListeners } from 'node:events'
import { BotRefused, SourceGone, SourceResting } from '../errors.js'
import type { Clock } from '../steady-clock.js'

export interface RoundOptions {
  /** How long, in ms, those who are through wait for the others. */
  readonly patienceMs: number
  /** A pause after the first failure, in ms; it doubles. */
  readonly backoffMs: number
  readonly clock: Clock
}

/** The longest pause between two attempts, in ms. */
const longestPauseMs = 30_000

/**
 * Several bots asked for the same thing at once. Returns the function that asks one: it tries until that works, and resolves to
 * `null` once others who are through have waited long enough. As long as nobody is through, nobody is late: then it is Telegram
 * that is away, or all must rest. It throws SourceGone and BotRefused at once, or the reason of `signal`.
 */
export function createRound ({ patienceMs, backoffMs, clock }: RoundOptions, signal: AbortSignal) {
  const through = new AbortController()
  const ended = AbortSignal.any([signal])
  const changed = AbortSignal.any([signal, through.signal])
  // Each bot that sleeps listens.
  setMaxListeners(0, ended, changed)
  let deadline = Infinity

  /** Resolves to whether there still is time after it. */
  async function pause (ms: number): Promise<boolean> {
    const until = clock.now() + ms
    if (until > deadline) return false
    // Who sleeps when somebody else gets through learns here whether that is too long.
    if (!through.signal.aborted) await clock.sleep(ms, changed).catch(() => signal.throwIfAborted())
    if (until > deadline) return false
    await clock.sleep(Math.max(0, until - clock.now()), ended)
    return true
  }

  function noteThrough (): void {
    if (through.signal.aborted) return
    deadline = clock.now() + patienceMs
    through.abort()
  }

  return async function ask<T> (attempt: () => Promise<T>): Promise<T | null> {
    for (let pauseMs = backoffMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        const answer = await attempt()
        noteThrough()
        return answer
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof SourceGone || error instanceof BotRefused) throw error
        if (!await pause(error instanceof SourceResting ? error.retryAfterSeconds * 1_000 : pauseMs)) return null
      }
    }
  }
}
