import { createCipheriv, createHash } from 'node:crypto'

/** The bytes of a file, readable at any place. `read` answers fewer bytes than asked at the end, none behind it. */
export interface FileContent {
  /** In bytes. */
  readonly size: number
  read(offset: number, length: number): Uint8Array
}

const BLOCK = 16

/** The largest part of a file that is asked for, and the block before it: new memory for each would cost more than the cipher. */
const zeros = Buffer.alloc(1024 * 1024 + BLOCK)

/** A file that exists only as a formula: the AES-256-CTR keystream of `seed`. The same seed gives the same bytes for ever. `size` in bytes. */
export function syntheticContent (seed: string | number, size: number): FileContent {
  checkSize(size)
  const key = createHash('sha256').update(`sandbox content ${seed}`).digest()
  return { size, read: (offset, length) => keystream(key, offset, lengthWithin(size, offset, length)) }
}

/** A file that consists of `bytes`; they must not change afterwards. */
export function bytesContent (bytes: Uint8Array): FileContent {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + lengthWithin(bytes.length, offset, length)) }
}

function keystream (key: Buffer, offset: number, length: number): Uint8Array {
  if (length === 0) return new Uint8Array(0)
  const skip = offset % BLOCK
  const counter = Buffer.alloc(BLOCK)
  counter.writeBigUInt64BE(BigInt((offset - skip) / BLOCK), 8)
  const needed = skip + length
  const input = needed <= zeros.length ? zeros.subarray(0, needed) : Buffer.alloc(needed)
  return createCipheriv('aes-256-ctr', key, counter).update(input).subarray(skip)
}

function lengthWithin (size: number, offset: number, length: number): number {
  return Math.max(0, Math.min(length, size - offset))
}

function checkSize (size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`a file's size is a whole number of bytes, not ${size}`)
}
