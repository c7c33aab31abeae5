import { unreadable } from '../unreadable.js'

/** How many events are asked for at most, and how many times fewer where an answer cannot be read. */
const most = 500
const factor = 5

/**
 * Returns the function that asks for the next part of a difference: of as many events as Telegram likes to give (`limit` is `null`), of fewer
 * where the answer cannot be read, then of more again. It resolves to `unreadable` where not even a single event can be read.
 */
export function inPortions (pause: () => Promise<void>) {
  let limit = most

  return async function askNext<T> (ask: (limit: number | null) => Promise<T | typeof unreadable>): Promise<T | typeof unreadable> {
    while (true) {
      const answer = await ask(limit === most ? null : limit)
      if (answer !== unreadable) {
        limit = Math.min(limit * factor, most)
        return answer
      }
      if (limit === 1) return unreadable
      limit = Math.ceil(limit / factor)
      await pause()
    }
  }
}

/** Asks for the next part of a difference. */
export type AskNext = ReturnType<typeof inPortions>
