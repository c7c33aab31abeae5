import { setTimeout as sleep } from 'node:timers/promises'

/** What is waited for, and for how long (default 20 s). */
export interface PollOptions {
  readonly what: string
  readonly timeoutMs?: number
}

const everyMs = 50

/**
 * Asks again and again until the answer is neither false nor null, and returns it. Throws when time is up, naming `what`, and the
 * reason of `signal`.
 */
export async function poll<T> (ask: () => Promise<T | null | false>, { what, timeoutMs = 20_000 }: PollOptions, signal: AbortSignal): Promise<T> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    const found = await ask()
    if (found !== null && found !== false) return found
    await sleep(everyMs, undefined, { signal })
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
}
