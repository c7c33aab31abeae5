/** How much may be ahead of the reader, in the unit of the weights: `first` at the start, growing with what was taken up to `most`. */
export interface Window {
  readonly first: number
  readonly most: number
}

/**
 * In bytes. 4 MiB ahead keep 40 MB/s going over a round trip of 100 ms, and eleven viewers cost 55 MB at the very most.
 * The start is smaller because probes and seeks leave after a few hundred KiB, and Telegram sends what was asked for even
 * when nobody waits for it any more.
 */
export const streamWindow: Window = { first: 512 * 1024, most: 4 * 1024 * 1024 }

/**
 * The results of `load` for each of `items`, in order. As many loads run ahead as fit in the window by their `weigh`t, one
 * at the least; a new one starts when a result was taken, so that a reader who stops reading stops the loading. A
 * failed load throws in its turn. Who leaves early must end the running loads himself.
 */
export async function * prefetch<Item, Result> (items: Iterable<Item>, load: (item: Item) => Promise<Result>, weigh: (item: Item) => number, window: Window): AsyncGenerator<Result, void, undefined> {
  const waiting = items[Symbol.iterator]()
  const ahead: Array<{ result: Promise<Result>, weight: number }> = []
  let next = waiting.next()
  let loading = 0
  let taken = 0
  while (true) {
    const room = Math.min(window.most, window.first + taken * 2)
    for (; next.done !== true && (ahead.length === 0 || loading + weigh(next.value) <= room); next = waiting.next()) {
      const started = { result: observed(load(next.value)), weight: weigh(next.value) }
      loading += started.weight
      ahead.push(started)
    }
    const head = ahead.shift()
    if (head === undefined) return
    yield await head.result
    loading -= head.weight
    taken += head.weight
  }
}

/** A promise whose failure may come before anybody waits for it, which would otherwise end the process. */
function observed<T> (promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
