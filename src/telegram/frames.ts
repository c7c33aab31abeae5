import { crc32 } from 'node:zlib'
import { frameMemory } from './frame-memory.js'

/** The largest frame believed, in bytes: Telegram's own clients accept 16 MiB. */
const maxFrame = 16 * 1024 * 1024 + 1024

/** Where frames begin, and where short ones arrive together, in bytes. */
const yardLength = 64 * 1024

/** What came is no frame of MTProto's Full transport. */
export class BadFrame extends Error {
  readonly code = 'BAD_FRAME'
}

/**
 * Writes one frame of the Full transport: length, sequence number, payload, CRC-32.
 * core.telegram.org/mtproto/mtproto-transports#full
 */
export function encodeFrame (payload: Uint8Array, sequence: number): Buffer {
  const frame = Buffer.allocUnsafe(payload.length + 12)
  frame.writeInt32LE(frame.length, 0)
  frame.writeInt32LE(sequence, 4)
  frame.set(payload, 8)
  frame.writeUInt32LE(crc32(frame.subarray(0, -4)), frame.length - 4)
  return frame
}

/** Cuts a byte stream into the payloads of its frames, each in memory of its own. */
export interface FrameReader {
  /** Where the next bytes are to be put; never empty. */
  room (): Buffer
  /**
   * Takes note that the first `count` bytes of the last `room` were filled. Returns the payloads that are complete now, in
   * order; throws BadFrame. A transport error outside any frame (a negative length: the form that Telethon saw as -429)
   * comes back as the payload of four bytes that it is inside a frame.
   */
  filled (count: number): Buffer[]
}

/**
 * The head of a frame, and short frames, arrive in a yard and are copied from there once; the rest of a long frame is read
 * straight into its place.
 */
export function createFrameReader (): FrameReader {
  const yard = Buffer.allocUnsafeSlow(yardLength)
  let kept = 0
  let frame: Buffer | null = null
  let have = 0

  const isDirect = () => frame !== null && frame.length - have >= yardLength

  /** Moves bytes from the yard into the frame that is under way. */
  function move (into: Buffer, from: number, end: number): number {
    const taken = Math.min(into.length - have, end - from)
    into.set(yard.subarray(from, from + taken), have)
    have += taken
    return from + taken
  }

  function * cut (end: number): Generator<Buffer, void, undefined> {
    let at = 0
    while (true) {
      if (frame === null && end - at >= 4) {
        const length = yard.readInt32LE(at)
        if (length < 0) return yield Buffer.from(yard.subarray(at, at + 4))
        frame = emptyFrame(length)
        have = 0
      }
      if (frame === null) break
      at = move(frame, at, end)
      if (have < frame.length) break
      yield payloadOf(frame)
      frame = null
    }
    kept = end - at
    yard.copyWithin(0, at, end)
  }

  return {
    room: () => isDirect() && frame !== null ? frame.subarray(have) : yard.subarray(kept),
    filled: count => {
      if (!isDirect() || frame === null) return [...cut(kept + count)]
      have += count
      if (have < frame.length) return []
      const payload = payloadOf(frame)
      frame = null
      return [payload]
    }
  }
}

function emptyFrame (length: number): Buffer {
  if (length < 16 || length > maxFrame) throw new BadFrame(`a frame of ${length} bytes: what answers there is not Telegram, but perhaps a proxy`)
  return frameMemory(length)
}

function payloadOf (frame: Buffer): Buffer {
  const end = frame.length - 4
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32LE(end)) throw new BadFrame('a frame with a wrong checksum')
  return frame.subarray(8, end)
}
