/** How much one reader wants ahead. Bytes and ms. */
export interface Appetite {
  /** The reader asks for more. */
  asked (now: number): void
  /** It got so many bytes. */
  gave (bytes: number, now: number): void
  /** A chunk took so long to come. */
  fetched (ms: number): void
  /** How much may be ahead of the reader. */
  target (): number
  /** The longest chunk that makes sense for so slow a reader and, while little is wanted ahead, for so many ways to share in it. */
  chunkBytes (ways: number): number
  /** When a chunk that has `ahead` bytes before it is needed, from now. */
  neededInMs (ahead: number): number
  /** All that the reader got. */
  taken (): number
}

/** The beginning is small because probes and seeks leave after a few hundred KiB, and Telegram sends what was asked for even when nobody waits for it any more. */
export interface AppetiteLimits {
  readonly first: number
  readonly most: number
}

/** What is kept ahead beyond two of the waits for a chunk, in ms of the reader's own speed: it smooths what networks do. */
const reserveMs = 800

/** A chunk should last the reader no longer than this. */
const chunkMs = 500

/** Who takes longer than this over a chunk, in ms, has paused: an hour is not to make him look slow when he goes on. */
const pauseMs = 10_000

/** What is wanted ahead in the beginning is cut no finer than this, in bytes, to give each way a part of it. */
const leastPart = 64 * 1024

/**
 * Follows the reader: its own speed is what it got over the time that *it* took until it asked again, so that waiting for
 * us does not make a fast reader look slow. Besides, no more is kept ahead than `first` and what was taken so far: a reader
 * that has just come may leave at once. Sums are halved at each chunk, so the last few count.
 */
export function createAppetite ({ first, most }: AppetiteLimits): Appetite {
  let taken = 0
  let latencyMs = 0
  let last = { bytes: 0, at: 0 }
  let askedAt: number | null = null
  const own = { bytes: 0, ms: 0 }
  const whole = { bytes: 0, ms: 0 }

  const perMs = () => own.ms === 0 ? Infinity : own.bytes / own.ms

  return {
    asked: now => {
      const ownMs = Math.min(now - last.at, pauseMs)
      if (last.bytes > 0) add(own, last.bytes, ownMs)
      if (last.bytes > 0 && askedAt !== null) add(whole, last.bytes, last.at - askedAt + ownMs)
      last = { bytes: 0, at: now }
      askedAt = now
    },
    gave: (bytes, now) => {
      taken += bytes
      last = { bytes, at: now }
    },
    fetched: ms => { latencyMs = latencyMs === 0 ? ms : latencyMs * 0.8 + ms * 0.2 },
    target: () => Math.min(most, first + taken, Math.max(first, perMs() * (2 * latencyMs + reserveMs))),
    chunkBytes: ways => Math.min(perMs() * chunkMs, Math.max((first + taken) / ways, leastPart)),
    neededInMs: ahead => whole.bytes === 0 ? 0 : ahead * whole.ms / whole.bytes,
    taken: () => taken
  }
}

function add (sums: { bytes: number, ms: number }, bytes: number, ms: number) {
  sums.bytes = sums.bytes / 2 + bytes
  sums.ms = sums.ms / 2 + ms
}
