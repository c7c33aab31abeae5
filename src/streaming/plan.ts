import type { ByteRange } from '../media.js'

/** One request to a source, and the part `[from, to)` of its answer that belongs to the range. All in bytes. */
export interface Chunk {
  readonly offset: number
  readonly limit: number
  readonly from: number
  readonly to: number
}

/** The lengths that chunks may have, in bytes: powers of two. The first is at most `first`, each next at most twice the one before. */
export interface ChunkSizes {
  readonly smallest: number
  readonly first: number
  readonly largest: number
}

/**
 * 4 KiB is the unit of `upload.getFile` and 1 MiB its most. 128 KiB come early even over a slow connection, and hold the
 * header of most videos.
 */
export const chunkSizes: ChunkSizes = { smallest: 4 * 1024, first: 128 * 1024, largest: 1024 * 1024 }

/**
 * The chunks that cover `range`, in order and without a gap. Each offset divides by its limit, and each limit is a power
 * of two, so that no chunk leaves its MiB: core.telegram.org/api/files refuses those that do. A short range gets short chunks.
 */
export function * planChunks (range: ByteRange, sizes: ChunkSizes): Generator<Chunk, void, undefined> {
  if (range.start === range.end) return
  const coarse = blockAt(0, Math.min(range.end - range.start, sizes.first), sizes)
  let offset = range.start - range.start % coarse
  let most = sizes.first
  while (offset < range.end) {
    const limit = blockAt(offset, Math.min(range.end - offset, most), sizes)
    yield { offset, limit, from: Math.max(range.start - offset, 0), to: Math.min(range.end - offset, limit) }
    offset += limit
    most = Math.min(limit * 2, sizes.largest)
  }
}

/** The shortest aligned block at `offset` that holds `wanted` bytes, or the longest one there is. */
function blockAt (offset: number, wanted: number, { smallest }: ChunkSizes): number {
  let size = smallest
  while (size < wanted && offset % (size * 2) === 0) size *= 2
  return size
}
