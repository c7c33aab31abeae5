import type { Match } from './types.js'

/** Whether `facts` fulfil `match`. */
export function matches<T extends object> (match: Match<T>, facts: T): boolean {
  if (typeof match === 'function') return match(facts)
  const known = new Map<string, unknown>(Object.entries(facts))
  return Object.entries(match).every(([name, wanted]) => known.get(name) === wanted)
}
