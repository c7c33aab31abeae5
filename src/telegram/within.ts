/**
 * `promise`, or a rejection with `late()` after `ms`, or with the reason of `signal` as soon as it aborts. Leaves no
 * timer and no listener behind, and a promise that loses may still reject without harm.
 */
export function within<T> (promise: Promise<T>, ms: number, late: () => Error, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => { settled(); reject(late()) }, ms)
    const onAbort = () => { settled(); reject(reasonOf(signal)) }
    const settled = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    promise.then(value => { settled(); resolve(value) }, error => { settled(); reject(error) })
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** `promise`, or a rejection with the reason of `signal` as soon as it aborts. */
export function orAbort<T> (promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(reasonOf(signal))
    const settled = () => signal.removeEventListener('abort', onAbort)
    promise.then(value => { settled(); resolve(value) }, error => { settled(); reject(error) })
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function reasonOf (signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason })
}
