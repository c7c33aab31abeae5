/** Something that several wait for, and that comes and goes: there now, not there yet, or never to come again. */
export interface Gate<T> {
  /** What is there now, or null. */
  value (): T | null
  open (value: T): void
  shut (): void
  /** Whoever waits, now or later, is told this error. */
  fail (error: Error): void
  /** Resolves at once, or as soon as it is there. Throws the error of `fail`. */
  wait (): Promise<T>
}

export function createGate<T> (): Gate<T> {
  let current: T | null = null
  let failure: Error | null = null
  const waiters = new Set<() => void>()

  function wake (): void {
    for (const waiter of waiters) waiter()
    waiters.clear()
  }

  async function wait (): Promise<T> {
    for (;;) {
      if (failure !== null) throw failure
      if (current !== null) return current
      await new Promise<void>(resolve => { waiters.add(resolve) })
    }
  }

  return {
    value: () => current,
    open: value => { current = value; wake() },
    shut: () => { current = null },
    fail: error => { current = null; failure = error; wake() },
    wait
  }
}
