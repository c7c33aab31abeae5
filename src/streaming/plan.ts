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

/** A range on its way to become chunks. */
export interface Plan {
  /** Whether all of the range is taken. */
  isOver (): boolean
  /** The next chunk, of `atMost` bytes (a power of two); null at the end. Asking changes nothing. */
  next (atMost: number): Chunk | null
  /** `chunk`, which `next` gave, is taken. */
  take (chunk: Chunk): void
  /** `chunk`, the one taken last, is to come again. */
  giveBack (chunk: Chunk): void
}

/**
 * The chunks that cover `range`, in order and without a gap. Each offset divides by its limit, and each limit is a power
 * of two, so that no chunk leaves its MiB: core.telegram.org/api/files refuses those that do. A short range gets short chunks.
 */
export function createPlan (range: ByteRange, sizes: ChunkSizes): Plan {
  let at = range.start
  let most = sizes.first
  /** The last answer: the same is asked for each way, again and again until one is free. */
  let known: { readonly longest: number, readonly chunk: Chunk } | null = null

  const isOver = () => at >= range.end

  function chunkOf (longest: number): Chunk {
    // Only the first chunk may begin before what is wanted of it.
    const offset = at === range.start ? at - at % blockAt(0, Math.min(range.end - at, longest), sizes) : at
    const limit = blockAt(offset, Math.min(range.end - offset, longest), sizes)
    return { offset, limit, from: at - offset, to: Math.min(range.end - offset, limit) }
  }

  function moveTo (place: number, limit: number) {
    at = place
    most = limit
    known = null
  }

  return {
    isOver,
    next: atMost => {
      if (isOver()) return null
      const longest = Math.max(Math.min(most, atMost), sizes.smallest)
      if (known?.longest !== longest) known = { longest, chunk: chunkOf(longest) }
      return known.chunk
    },
    take: ({ offset, limit }) => moveTo(offset + limit, Math.min(limit * 2, sizes.largest)),
    giveBack: ({ offset, limit, from }) => moveTo(offset + from, limit)
  }
}

/** The shortest aligned block at `offset` that holds `wanted` bytes, or the longest one there is. */
function blockAt (offset: number, wanted: number, { smallest }: ChunkSizes): number {
  let size = smallest
  while (size < wanted && offset % (size * 2) === 0) size *= 2
  return size
}
