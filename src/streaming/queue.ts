import type { Stream } from './stream.js'

/** Streams that want more, in the order of what they hold, least first; of those that hold as much, who came last stands last. */
export type Queue = ReturnType<typeof createQueue>

export function createQueue () {
  let waiting: Stream[] = []
  const members = new Set<Stream>()

  /** Behind all that hold as much or less. */
  function placeOf ({ account: { held } }: Stream): number {
    let [from, to] = [0, waiting.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((waiting[middle]?.account.held ?? 0) <= held) from = middle + 1
      else to = middle
    }
    return from
  }

  function add (stream: Stream) {
    if (members.has(stream)) return
    members.add(stream)
    waiting.splice(placeOf(stream), 0, stream)
  }

  function remove (streams: ReadonlySet<Stream>) {
    if (![...streams].some(stream => members.has(stream))) return
    waiting = waiting.filter(stream => !streams.has(stream))
    for (const stream of streams) members.delete(stream)
  }

  return {
    isEmpty: () => waiting.length === 0,
    has: (stream: Stream) => members.has(stream),
    at: (index: number) => waiting[index],
    add,
    remove,
    /** It holds another amount than when it came. */
    move: (stream: Stream) => {
      waiting.splice(waiting.indexOf(stream), 1)
      waiting.splice(placeOf(stream), 0, stream)
    }
  }
}
