import type { Option } from './choose.js'
import type { Lane } from './lane.js'
import type { Chunk } from './plan.js'
import type { Way } from './ways.js'

/** One way to get one chunk. */
export interface WayOption extends Option {
  readonly way: Way
  readonly chunk: Chunk
}

/** What there is to choose from among `usable` ways, each with the chunk that would come over its lane; good until the next call. */
export type OptionsFor = (usable: readonly Way[], now: number, chunkOver: (lane: Lane) => Chunk) => readonly WayOption[]

type Filled<T> = { -readonly [K in keyof T]: T[K] }

/** `isInUse`: whether the stream gets other chunks over this lane. For the same array of ways the options are used again: see `choose`. */
export function createOptions (isInUse: (lane: Lane) => boolean): OptionsFor {
  let known: { readonly usable: readonly Way[], readonly options: ReadonlyArray<Filled<WayOption>> } = { usable: [], options: [] }

  return (usable, now, chunkOver) => {
    if (known.usable !== usable) known = { usable, options: usable.map(way => ({ way, chunk: chunkOver(way.lane), opensAt: Infinity, expectedMs: null, isSuspect: false, isInUse: false })) }
    for (const option of known.options) {
      const { readyAt, lane } = option.way
      const chunk = option.chunk = chunkOver(lane)
      option.opensAt = Math.max(readyAt, lane.opensAt(chunk.limit, now))
      option.expectedMs = lane.expectedMs(chunk.limit, now)
      option.isSuspect = lane.isSuspect(now)
      option.isInUse = isInUse(lane)
    }
    return known.options
  }
}
