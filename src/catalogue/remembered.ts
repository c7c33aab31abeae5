import { setTimeout as sleep } from 'node:timers/promises'

export interface RememberOptions {
  /** How many are remembered: the last ones asked for. */
  readonly capacity: number
  /** How long the database may take before what is remembered must do, in ms. */
  readonly patienceMs: number
  /** How long ago the database may have said it, in ms. */
  readonly maxAgeMs: number
  /** Milliseconds from any start. */
  readonly now?: () => number
}

/**
 * `find`, and while the database does not answer, what it said last. A row that was changed since by another process is then given
 * as it was: while the database is away nothing can be changed, so this is about what happened between the last look and the
 * outage, and no longer than `maxAgeMs` after the look. What is not remembered fails as `find` does.
 */
export function remember<K, V> (find: (key: K) => Promise<V | null>, { capacity, patienceMs, maxAgeMs, now = () => performance.now() }: RememberOptions) {
  const remembered = new Map<K, { readonly value: V, readonly at: number }>()

  function keep (key: K, value: V | null): void {
    remembered.delete(key)
    if (value !== null) remembered.set(key, { value, at: now() })
    const [oldest] = remembered.keys()
    if (remembered.size > capacity && oldest !== undefined) remembered.delete(oldest)
  }

  async function look (key: K): Promise<V | null> {
    const value = await find(key)
    keep(key, value)
    return value
  }

  return async function findOrRemember (key: K): Promise<V | null> {
    const known = remembered.get(key)
    const looking = look(key)
    if (known === undefined || now() - known.at > maxAgeMs) return await looking
    // It may still come, and is then kept; when it fails later, nobody waits for it any more.
    looking.catch(() => {})
    const late = new AbortController()
    const outOfPatience = sleep(patienceMs, known.value, { signal: late.signal })
    outOfPatience.catch(() => {})
    return await Promise.race([looking.catch(() => known.value), outOfPatience]).finally(() => late.abort())
  }
}
