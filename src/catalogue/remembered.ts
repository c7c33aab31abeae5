import { unlessLate } from '../unless-late.js'

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

/** A memory of what the database said. */
export interface Memory<K, V> {
  /**
   * What the database says, and while it does not answer, what it said last, if that `mayDo`; by default nothing may. A row that was
   * changed since by another process is then given as it was, no longer than `maxAgeMs` after the last look. Fails as the database does.
   */
  find (key: K, mayDo?: (value: V) => boolean): Promise<V | null>
  /** What is remembered of `key`, and what looks that are under way will tell, is no longer to be given: the row was changed. */
  drop (key: K): void
}

/** Remembers what `find` resolves with; `null`, of which there is nothing to remember, where there is no such row. */
export function remember<K, V> (find: (key: K) => Promise<V | null>, { capacity, patienceMs, maxAgeMs, now = () => performance.now() }: RememberOptions): Memory<K, V> {
  const remembered = new Map<K, { readonly value: V, readonly at: number }>()
  /** For each key that is looked for: how many looks there are, and the number of the last one that tells nothing new. */
  const looking = new Map<K, { count: number, outdated: number }>()
  let looks = 0

  function keep (key: K, value: V | null): void {
    remembered.delete(key)
    if (value !== null) remembered.set(key, { value, at: now() })
    const [oldest] = remembered.keys()
    if (remembered.size > capacity && oldest !== undefined) remembered.delete(oldest)
  }

  /** A slow look may end after one that began later, and after a change. */
  async function look (key: K): Promise<V | null> {
    const number = ++looks
    const all = looking.get(key) ?? { count: 0, outdated: 0 }
    looking.set(key, all)
    all.count++
    try {
      const value = await find(key)
      if (number > all.outdated) keep(key, value)
      all.outdated = Math.max(all.outdated, number)
      return value
    } finally {
      all.count--
      if (all.count === 0) looking.delete(key)
    }
  }

  function recall (key: K, mayDo: (value: V) => boolean): V | null {
    const known = remembered.get(key)
    return known !== undefined && now() - known.at <= maxAgeMs && mayDo(known.value) ? known.value : null
  }

  return {
    find: async (key, mayDo = () => false) => {
      const looked = look(key)
      if (!remembered.has(key)) return await looked
      const isTold = await unlessLate(looked, patienceMs).catch(() => false)
      // The look may still come, and is then kept. What was remembered at its beginning may have been dropped meanwhile.
      return (isTold ? null : recall(key, mayDo)) ?? await looked
    },
    drop: key => {
      remembered.delete(key)
      const all = looking.get(key)
      if (all !== undefined) all.outdated = looks
    }
  }
}
