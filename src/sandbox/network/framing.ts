import { crc32 } from 'node:zlib'

/** TCP Full (core.telegram.org/mtproto/mtproto-transports): int32 length of all, int32 number of the frame, payload, CRC-32 of all before. */
const headerLength = 8
const overhead = headerLength + 4
const longest = 16 * 1024 * 1024

/** The bytes received are no frame of TCP Full. */
export class FramingError extends Error {}

/** A frame under construction: write into `payload`, then `seal` and send `bytes`. */
export interface OutgoingFrame {
  readonly bytes: Buffer
  readonly payload: Buffer
  seal (): void
}

/** Makes room for the frame number `sequence` with `length` bytes of payload. */
export function openFrame (sequence: number, length: number): OutgoingFrame {
  const bytes = Buffer.allocUnsafe(length + overhead)
  bytes.writeInt32LE(bytes.length, 0)
  bytes.writeInt32LE(sequence, 4)
  const end = bytes.length - 4
  return {
    bytes,
    payload: bytes.subarray(headerLength, end),
    seal: () => { bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end) }
  }
}

/** A whole frame around a payload. */
export function frameOf (sequence: number, payload: Uint8Array): Buffer {
  const frame = openFrame(sequence, payload.length)
  frame.payload.set(payload)
  frame.seal()
  return frame.bytes
}

/** Cuts a stream of bytes into the payloads of its frames. */
export interface FrameReader {
  push (chunk: Buffer): void
  /** The next payload, or `null` until more bytes come. Throws FramingError, after which the stream is of no use. */
  next (): Buffer | null
}

/** Reads one direction of one connection. What arrives is kept in pieces and joined once per frame. */
export function createFrameReader (): FrameReader {
  const chunks: Buffer[] = []
  let size = 0
  let sequence = 0
  let head: Buffer | null = null

  const take = (length: number): Buffer | null => {
    if (size < length) return null
    size -= length
    return takeFrom(chunks, length)
  }
  return {
    push: chunk => { chunks.push(chunk); size += chunk.length },
    next: () => {
      head ??= take(headerLength)
      const rest = head && take(checkedLength(head, sequence) - headerLength)
      if (head === null || rest === null) return null
      const payload = checkedPayload(head, rest)
      head = null
      sequence++
      return payload
    }
  }
}

function checkedLength (head: Buffer, sequence: number): number {
  const length = head.readInt32LE(0)
  if (length < overhead || length > longest || length % 4 !== 0) throw new FramingError(`no TCP Full frame: length ${length}`)
  if (head.readInt32LE(4) !== sequence) throw new FramingError(`frame ${head.readInt32LE(4)} came instead of frame ${sequence}`)
  return length
}

function checkedPayload (head: Buffer, rest: Buffer): Buffer {
  const payload = rest.subarray(0, -4)
  const expected = rest.readUInt32LE(payload.length)
  if (crc32(payload, crc32(head)) !== expected) throw new FramingError('a frame with a wrong checksum')
  return payload
}

/** Removes and joins the first `length` bytes. */
function takeFrom (chunks: Buffer[], length: number): Buffer {
  const taken: Buffer[] = []
  for (let missing = length; missing > 0;) {
    const chunk = chunks.shift()
    if (chunk === undefined) break
    if (chunk.length > missing) chunks.unshift(chunk.subarray(missing))
    taken.push(chunk.subarray(0, missing))
    missing -= Math.min(missing, chunk.length)
  }
  const [only] = taken
  return taken.length === 1 && only !== undefined ? only : Buffer.concat(taken, length)
}
