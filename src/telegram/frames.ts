import { crc32 } from 'node:zlib'

/** The largest frame believed, in bytes: Telegram's own clients accept 16 MiB. */
const maxFrame = 16 * 1024 * 1024 + 1024

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

/**
 * Cuts a byte stream into the payloads of its frames. `push` returns those that are complete, in order, each copied
 * once; it throws BadFrame. A transport error outside any frame (a negative length: the form that Telethon saw as
 * -429) comes back as the payload of four bytes that it is inside a frame.
 */
export function createFrameReader () {
  const head = Buffer.alloc(4)
  let headLength = 0
  let frame: Buffer | null = null
  let filled = 0

  function takeHead (chunk: Uint8Array, at: number): number {
    const taken = Math.min(4 - headLength, chunk.length - at)
    head.set(chunk.subarray(at, at + taken), headLength)
    headLength += taken
    return taken
  }

  function takeBody (into: Buffer, chunk: Uint8Array, at: number): number {
    const taken = Math.min(into.length - filled, chunk.length - at)
    into.set(chunk.subarray(at, at + taken), filled)
    filled += taken
    return taken
  }

  function begin (): Buffer | null {
    const length = head.readInt32LE(0)
    if (length < 0) return null
    if (length < 16 || length > maxFrame) throw new BadFrame(`a frame of ${length} bytes`)
    filled = 4
    const started = Buffer.allocUnsafe(length)
    started.set(head)
    return started
  }

  return function push (chunk: Uint8Array): Buffer[] {
    const payloads: Buffer[] = []
    let at = 0
    while (at < chunk.length) {
      if (frame === null) {
        at += takeHead(chunk, at)
        if (headLength < 4) break
        headLength = 0
        frame = begin()
        if (frame === null) return [...payloads, Buffer.from(head)]
        continue
      }
      at += takeBody(frame, chunk, at)
      if (filled < frame.length) break
      payloads.push(payloadOf(frame))
      frame = null
    }
    return payloads
  }
}

function payloadOf (frame: Buffer): Buffer {
  const end = frame.length - 4
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32LE(end)) throw new BadFrame('a frame with a wrong checksum')
  return frame.subarray(8, end)
}
