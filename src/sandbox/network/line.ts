import type { Socket } from 'node:net'
import type { Slowness } from './shaping.js'

/** The way from the server to one client, as slow as the shapes make it. */
export interface Line {
  write (bytes: Buffer): void
  /** Closes the connection once everything before it has been sent. */
  end (): void
  /** Goes on after a freeze. */
  resume (): void
  /** Drops what has not been sent. */
  close (): void
}

/** A piece on its way: `null` is the end of the connection. */
type Piece = Buffer | null

/** A line over `socket`. `slowness` and `frozen` are asked again for each piece. */
export function createLine (socket: Socket, slowness: () => Slowness, frozen: () => boolean): Line {
  const waiting: Piece[] = []
  const travelling: Array<{ readonly piece: Piece, readonly arrives: number }> = []
  let reserved: { readonly piece: Piece, readonly leaves: number, readonly latencyMs: number } | null = null
  let timer: NodeJS.Timeout | undefined

  const advance = (): void => {
    clearTimeout(timer)
    if (frozen() || socket.destroyed) return
    const now = performance.now()
    depart(now)
    arrive(now)
    const next = Math.min(reserved?.leaves ?? Infinity, travelling[0]?.arrives ?? Infinity)
    if (next !== Infinity) timer = setTimeout(advance, Math.max(next - now, 1)).unref()
  }
  const depart = (now: number): void => {
    while (waiting.length > 0 || reserved !== null) {
      reserved ??= reserve(waiting, slowness(), now)
      if (reserved.leaves > now) return
      const earliest = travelling.at(-1)?.arrives ?? 0
      travelling.push({ piece: reserved.piece, arrives: Math.max(earliest, reserved.leaves + reserved.latencyMs) })
      reserved = null
    }
  }
  const arrive = (now: number): void => {
    for (let next = travelling[0]; next !== undefined && next.arrives <= now; next = travelling[0]) {
      travelling.shift()
      put(next.piece)
    }
  }
  const put = (piece: Piece): void => {
    if (piece === null) socket.destroySoon()
    else socket.write(piece)
  }
  const accept = (piece: Piece): void => {
    waiting.push(piece)
    advance()
  }
  return {
    write: accept,
    end: () => { accept(null) },
    resume: advance,
    close: () => {
      clearTimeout(timer)
      waiting.length = travelling.length = 0
      reserved = null
    }
  }
}

/** Takes the next piece off the queue, small enough that a cap paces it smoothly. */
function reserve (waiting: Piece[], { latencyMs, buckets }: Slowness, now: number) {
  const piece = waiting.shift() ?? null
  if (piece === null || buckets.length === 0) return { piece, leaves: now, latencyMs }
  const rate = Math.min(...buckets.map(bucket => bucket.bytesPerSecond))
  const size = Math.min(Math.max(Math.floor(rate / 64), 64), 16 * 1024)
  if (piece.length > size) waiting.unshift(piece.subarray(size))
  const slice = piece.subarray(0, size)
  const leaves = Math.max(...buckets.map(bucket => bucket.reserve(slice.length, now)))
  return { piece: slice, leaves, latencyMs }
}
