import type { World } from '../world/world.js'

/** How long to wait (default 10 s), and what to say when that was too short. */
export interface WaitOptions {
  readonly what?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Waits until `look` finds something, looking again whenever something happens in the world. Throws when time is up, naming `what`,
 * and when `signal` aborts.
 */
export async function waitFor<T> (world: World, look: () => T | null | undefined | false, options: WaitOptions = {}): Promise<T> {
  const { what = 'what was awaited', timeoutMs = 10_000, signal } = options
  signal?.throwIfAborted()
  return await new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(new Error(`${what} did not happen within ${timeoutMs} ms`))), timeoutMs)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      world.listeners.delete(again)
      signal?.removeEventListener('abort', abort)
      settle()
    }
    const abort = () => end(() => reject(signal?.reason))
    const again = () => attempt(look, found => end(() => resolve(found)), error => end(() => reject(error)))
    world.listeners.add(again)
    signal?.addEventListener('abort', abort)
    again()
  })
}

function attempt<T> (look: () => T | null | undefined | false, found: (value: T) => void, failed: (error: unknown) => void): void {
  try {
    const value = look()
    if (value !== null && value !== undefined && value !== false) found(value)
  } catch (error) {
    failed(error)
  }
}
