import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves to true with `promise`, or to false after `ms`. Rejects as the promise does. Leaves no timer behind. */
export async function unlessLate (promise: Promise<unknown>, ms: number): Promise<boolean> {
  const done = new AbortController()
  const late = sleep(ms, false, { signal: done.signal }).catch(() => false)
  return await Promise.race([promise.then(() => true), late]).finally(() => done.abort())
}
