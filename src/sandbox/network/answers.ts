import { gzipSync } from 'node:zlib'
import { bytes, ids, int, long } from './tl.js'
import type { Answer, RpcError, TlObject } from './types.js'

/** An answer in the form in which it travels. `ready`: it came as bytes, and is not to be packed. */
export interface SerialisedAnswer {
  readonly parts: readonly Uint8Array[]
  readonly ready: boolean
}

/** Serialises what a handler returned. */
export function serialise (answer: Answer): SerialisedAnswer {
  if (typeof answer === 'boolean') return { parts: [int(answer ? ids.boolTrue : ids.boolFalse)], ready: false }
  if (answer instanceof Uint8Array) return { parts: [answer], ready: true }
  if (!isList(answer)) return { parts: [answer.getBytes()], ready: false }
  const parts = answer.filter(item => item instanceof Uint8Array)
  if (parts.length > 0) return { parts, ready: true }
  const objects = answer.flatMap(item => item instanceof Uint8Array ? [] : [item.getBytes()])
  return { parts: [int(ids.vector), int(objects.length), ...objects], ready: false }
}

// Array.isArray does not narrow a readonly array.
function isList (answer: TlObject | readonly TlObject[] | readonly Uint8Array[]): answer is readonly TlObject[] | readonly Uint8Array[] {
  return Array.isArray(answer)
}

/** `rpc_error`. */
export function errorParts ({ code, errorMessage }: RpcError): Uint8Array[] {
  return [int(ids.rpcError), int(code), bytes(errorMessage)]
}

/** `gzip_packed` around the parts. */
export function packed (parts: readonly Uint8Array[]): Uint8Array[] {
  return [int(ids.gzipPacked), bytes(gzipSync(Buffer.concat(parts)))]
}

/** Packs what is large and becomes smaller by it, as Telegram does. */
export function packedIfWorth (parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = lengthOf(parts)
  if (length < 1024) return parts
  const small = packed(parts)
  return lengthOf(small) < length ? small : parts
}

/** How many bytes of a file an `upload.file` carries; 0 for anything else. */
export function fileBytesIn (parts: readonly Uint8Array[]): number {
  return readFile(parts)?.length ?? 0
}

/** `upload.file` with only its first `count` bytes; anything else as it is. */
export function truncated (parts: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const file = readFile(parts)
  if (file === null) return parts
  const whole = Buffer.concat(parts)
  return [whole.subarray(0, 12), bytes(whole.subarray(file.start, file.start + Math.min(count, file.length)))]
}

/** Where the bytes of `upload.file#096a18d5 type:storage.FileType mtime:int bytes:bytes` stand. */
function readFile (parts: readonly Uint8Array[]): { start: number, length: number } | null {
  const head = firstBytes(parts, 16)
  if (head.length < 16 || head.readUInt32LE(0) !== ids.uploadFile) return null
  const short = head.readUInt8(12)
  return short === 254 ? { start: 16, length: head.readUIntLE(13, 3) } : { start: 13, length: short }
}

function firstBytes (parts: readonly Uint8Array[], count: number): Buffer {
  const taken: Uint8Array[] = []
  for (let i = 0, missing = count; i < parts.length && missing > 0; i++) {
    const part = parts[i]?.subarray(0, missing) ?? new Uint8Array()
    taken.push(part)
    missing -= part.length
  }
  return Buffer.concat(taken)
}

function lengthOf (parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** `rpc_result` around an answer. */
export function resultParts (requestId: bigint, parts: readonly Uint8Array[]): Uint8Array[] {
  return [Buffer.concat([int(ids.rpcResult), long(requestId)]), ...parts]
}
