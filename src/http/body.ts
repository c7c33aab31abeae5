import type { ByteRange } from '../media.js'
import { exactly } from './exactly.js'
import type { Piece } from './multipart.js'

/** Opens a range of the file; resolves when its first bytes are in hand. */
export type OpenRange = (range: ByteRange) => Promise<AsyncIterable<Uint8Array>>

/** A body's bytes, in order and exactly as many as its pieces have. Resolves when the first bytes of the file are in hand; throws what `open` throws. */
export async function openBody (pieces: readonly Piece[], open: OpenRange): Promise<AsyncIterable<Uint8Array>> {
  const openExactly = async (range: ByteRange) => exactly(range.end - range.start, await open(range))
  const first = pieces.find(isRange)
  if (first === undefined) return inTurn(pieces, openExactly)
  const opened = await openExactly(first)
  // Without a generator around it, which every chunk would have to pass.
  if (pieces.length === 1) return opened
  return inTurn(pieces, async range => range === first ? opened : await openExactly(range))
}

/** Opens a range when its turn comes, so that one request has one stream at a time. */
async function * inTurn (pieces: readonly Piece[], open: OpenRange): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    if (isRange(piece)) yield * await open(piece)
    else yield piece
  }
}

function isRange (piece: Piece): piece is ByteRange {
  return !(piece instanceof Uint8Array)
}
