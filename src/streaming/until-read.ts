/**
 * Passes `bytes` on and calls `done`, once, when they have ended, failed or been given up, or when `signal` aborts: also where
 * nobody ever asked for the first of them.
 */
export function untilRead (bytes: AsyncGenerator<Uint8Array, void, undefined>, done: () => void, signal: AbortSignal): AsyncIterable<Uint8Array> {
  let isDone = false

  function finish (): void {
    if (isDone) return
    isDone = true
    signal.removeEventListener('abort', finish)
    done()
  }

  async function next (): Promise<IteratorResult<Uint8Array, void>> {
    try {
      const result = await bytes.next()
      if (result.done === true) finish()
      return result
    } catch (error) {
      finish()
      throw error
    }
  }

  async function leave (): Promise<IteratorResult<Uint8Array, void>> {
    finish()
    return await bytes.return()
  }

  signal.addEventListener('abort', finish, { once: true })
  if (signal.aborted) finish()
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
}
