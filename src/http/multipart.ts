import { randomUUID } from 'node:crypto'
import type { ByteRange } from '../media.js'

/** What a body is made of: bytes that are here, and ranges of the file. */
export type Piece = Uint8Array | ByteRange

/** A body of several parts; `length` in bytes. */
export interface Multipart {
  readonly contentType: string
  readonly length: number
  readonly pieces: readonly Piece[]
}

/**
 * Ranges of a file of `size` bytes and this type as `multipart/byteranges` (RFC 9110, 14.6). The boundary is another one each
 * time, so that nobody can make a file that holds it.
 */
export function multipart (ranges: readonly ByteRange[], contentType: string, size: number): Multipart {
  const boundary = randomUUID()
  const pieces = ranges.flatMap<Piece>(({ start, end }, index) => [
    Buffer.from(`${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: bytes ${start}-${end - 1}/${size}\r\n\r\n`),
    { start, end }
  ])
  const all = [...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]
  return { contentType: `multipart/byteranges; boundary=${boundary}`, length: lengthOf(all), pieces: all }
}

/** How many bytes these pieces are together. */
export function lengthOf (pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : piece.end - piece.start), 0)
}
