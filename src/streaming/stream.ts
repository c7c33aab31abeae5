import type { ByteRange, MediaId } from '../media.js'
import { realClock } from './clock.js'
import type { Clock } from './clock.js'
import { chunkPatience, createFailover } from './failover.js'
import type { Patience } from './failover.js'
import { chunkSizes, planChunks } from './plan.js'
import type { Chunk, ChunkSizes } from './plan.js'
import { prefetch, streamWindow } from './prefetch.js'
import type { Window } from './prefetch.js'
import { createRoster } from './roster.js'
import type { Source } from './source.js'

/** The file to stream; `size` in bytes. */
export interface SizedFile {
  readonly id: MediaId
  readonly size: number
}

/** How a stream goes about it: sizes, patience and time. */
export interface Tuning {
  readonly sizes: ChunkSizes
  readonly window: Window
  readonly patience: Patience
  readonly clock: Clock
}

/** What suits a server. */
export const serverTuning: Tuning = { sizes: chunkSizes, window: streamWindow, patience: chunkPatience, clock: realClock }

/**
 * The bytes of `range`, in order, from the first of `sources` that can give them, each chunk from another one when that
 * fails. Resolves when the first chunk is in hand. Throws FileUnavailable or FileGone, before the first chunk or in its place
 * later, and never gives a byte that is wrong; `signal`'s reason when that aborts. The reader must end the generator or abort `signal`.
 */
export function openStream (file: SizedFile, range: ByteRange, sources: readonly Source[], signal: AbortSignal): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
  return openTunedStream(file, range, sources, serverTuning, signal)
}

/** `openStream` with sizes, patience and time of the caller's choice. */
export async function openTunedStream (file: SizedFile, range: ByteRange, sources: readonly Source[], tuning: Tuning, signal: AbortSignal): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
  refuseOutside(range, file.size)
  signal.throwIfAborted()
  const left = new AbortController()
  const fetchChunk = createFailover(file.id, createRoster(sources), tuning.patience, tuning.clock)

  async function load ({ offset, limit, from, to }: Chunk) {
    const bytes = await fetchChunk({ offset, limit, length: Math.min(limit, file.size - offset) }, left.signal)
    return bytes.subarray(from, to)
  }

  const chunks = prefetch(planChunks(range, tuning.sizes), load, chunk => chunk.limit, tuning.window)
  const stream = deliver(chunks, left, signal)
  await stream.next()
  return endingAtOnce(stream, left)
}

function refuseOutside ({ start, end }: ByteRange, size: number) {
  const isInside = [start, end, size].every(Number.isSafeInteger) && start >= 0 && start <= end && end <= size
  if (!isInside) throw new RangeError(`the range [${start}, ${end}) is not inside a file of ${size} bytes`)
}

/** Yields nothing first, when the first chunk is in hand: a generator that was not begun would skip its `finally` when ended. */
async function * deliver (chunks: AsyncGenerator<Uint8Array, void, undefined>, left: AbortController, signal: AbortSignal) {
  const leave = () => left.abort(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    const first = await chunks.next()
    yield new Uint8Array(0)
    if (first.done === true) return
    yield first.value
    yield * chunks
  } finally {
    signal.removeEventListener('abort', leave)
    left.abort()
  }
}

/** Without this a `return()` waits in line behind a `next()` that waits for a slow source. */
function endingAtOnce (stream: AsyncGenerator<Uint8Array, void, undefined>, left: AbortController) {
  const end = stream.return.bind(stream)
  return Object.assign(stream, {
    return: (value: void | PromiseLike<void>) => {
      left.abort()
      return end(value)
    }
  })
}
