import type { ByteRange } from '../media.js'
import { createBudget } from './budget.js'
import { realClock } from './clock.js'
import type { Clock } from './clock.js'
import { createLane } from './lane.js'
import type { Lane, LaneReport } from './lane.js'
import { nobody } from './observer.js'
import type { EngineObserver } from './observer.js'
import { chunkSizes } from './plan.js'
import type { ChunkSizes } from './plan.js'
import { createSchedule } from './schedule.js'
import type { Source } from './source.js'
import { createStream } from './stream.js'
import type { Patience, SizedFile, Stream } from './stream.js'

/** How the engine goes about it. Bytes; what is left out suits a server. */
export interface EngineOptions {
  /** For all chunks under way and waiting, of all streams. */
  readonly memoryBytes: number
  /** What one bot may have under way from one data centre. */
  readonly laneCeilingBytes: number
  readonly observer?: EngineObserver
  readonly clock?: Clock
  readonly sizes?: ChunkSizes
  readonly patience?: Patience
  /** From 0 up to, but not, 1. */
  readonly random?: () => number
  /** Gets each chunk's answer when nobody reads it any more, so that its memory may be used again. */
  readonly recycle?: (answer: Uint8Array) => void
}

/** All streams of the process. */
export interface Engine {
  /**
   * The bytes of `range`, in order, from whichever of `sources` gives them soonest. Resolves when the first chunk is in hand.
   * A chunk is valid until the next one is asked for.
   * Throws FileUnavailable or FileGone, before the first chunk or in its place later, and never gives a byte that is wrong;
   * `signal`'s reason when that aborts. The reader must end the generator or abort `signal`.
   */
  openStream (file: SizedFile, range: ByteRange, sources: readonly Source[], signal: AbortSignal): Promise<AsyncGenerator<Uint8Array, void, undefined>>
  /** How each lane that was ever used is doing. */
  reports (): ReadonlyArray<LaneReport & { readonly lane: string }>
  /** Bytes that are under way or waiting, and running streams. */
  usage (): { readonly heldBytes: number, readonly streams: number }
}

/** Telegram's short waits are 3 to 7 s at ordinary speeds; players wait some seconds and their buffers more, Heroku's router 30 s. */
const serverPatience: Patience = { triesPerSource: 3, waitMs: 7000 }

/** An engine without streams. It holds timers only while streams run. */
export function createEngine (options: EngineOptions): Engine {
  const { memoryBytes, laneCeilingBytes, observer = nobody, clock = realClock, sizes = chunkSizes, patience = serverPatience, random = Math.random, recycle = () => {} } = options
  const lanes = new Map<string, Lane>()
  const streams = new Set<Stream>()
  const budget = createBudget(memoryBytes, sizes.first / 2)
  // The first reserve is four of the first chunks; no stream takes more than half of the memory.
  const ahead = { first: Math.min(4 * sizes.first, memoryBytes / 2), most: memoryBytes / 2 }
  const schedule = createSchedule({ clock, budget, sizes, streams, lanes: () => lanes.values() })
  const commons = { sizes, ahead, patience, clock, budget, random, lane, changed: schedule.changed, recycle, delivered: observer.delivered }

  function lane (name: string): Lane {
    const known = lanes.get(name) ?? createLane(laneCeilingBytes, observer.lane(name))
    lanes.set(name, known)
    return known
  }

  function begin (file: SizedFile, range: ByteRange, sources: readonly Source[], signal: AbortSignal) {
    const stream = createStream(file, range, sources, commons)
    const end = (reason: Error) => {
      signal.removeEventListener('abort', leave)
      streams.delete(stream)
      stream.end(reason)
    }
    const leave = () => end(reasonOf(signal))
    signal.addEventListener('abort', leave, { once: true })
    streams.add(stream)
    return { take: stream.take, end }
  }

  async function openStream (file: SizedFile, range: ByteRange, sources: readonly Source[], signal: AbortSignal) {
    refuseOutside(range, file.size)
    signal.throwIfAborted()
    if (range.start === range.end) return nothing()
    const stream = begin(file, range, sources, signal)
    const bytes = deliver(stream)
    await bytes.next()
    return endingAtOnce(bytes, stream.end)
  }

  return {
    openStream,
    reports: () => [...lanes].map(([name, one]) => ({ lane: name, ...one.report(clock.now()) })),
    usage: () => ({ heldBytes: budget.used(), streams: streams.size })
  }
}

function reasonOf (signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason })
}

function refuseOutside ({ start, end }: ByteRange, size: number) {
  const isInside = [start, end, size].every(Number.isSafeInteger) && start >= 0 && start <= end && end <= size
  if (!isInside) throw new RangeError(`the range [${start}, ${end}) is not inside a file of ${size} bytes`)
}

type Ending = (reason: Error) => void

async function * nothing (): AsyncGenerator<Uint8Array, void, undefined> {}

/** Yields nothing first, when the first chunk is in hand: a generator that was not begun would skip its `finally` when ended. */
async function * deliver ({ take, end }: { take (): Promise<Uint8Array | null>, end: Ending }): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let bytes = await take()
    yield new Uint8Array(0)
    for (; bytes !== null; bytes = await take()) yield bytes
  } finally {
    end(left())
  }
}

/** Without this a `return()` waits in line behind a `next()` that waits for a slow source. */
function endingAtOnce (stream: AsyncGenerator<Uint8Array, void, undefined>, end: Ending) {
  const finish = stream.return.bind(stream)
  return Object.assign(stream, {
    return: (value: void | PromiseLike<void>) => {
      end(left())
      return finish(value)
    }
  })
}

function left (): Error {
  return new DOMException('the reader left', 'AbortError')
}
