import { createHash } from 'node:crypto'
import { bytesContent, type FileContent } from './content.js'

/** The parts of a file that an account is sending. `total` is told by big files only. */
export interface Upload {
  readonly parts: Map<number, Buffer>
  total: number | null
}

/** Parts are at most this long: core.telegram.org/api/files#uploading-files. */
export const MAX_PART_SIZE = 512 * 1024

/** What is wrong with one part, in Telegram's words; `null` when nothing is. */
export function partError (upload: Upload, index: number, bytes: Buffer, maxParts: number): string | null {
  if (index < 0 || index >= maxParts) return 'FILE_PART_INVALID'
  if (bytes.length === 0) return 'FILE_PART_EMPTY'
  if (bytes.length > MAX_PART_SIZE) return 'FILE_PART_TOO_BIG'
  const first = upload.parts.get(0)
  if (first !== undefined && index > 0 && bytes.length > first.length) return 'FILE_PART_SIZE_CHANGED'
  return null
}

/** The whole file of `count` parts, or what is missing, in Telegram's words. `md5` in hex, where the client told it. */
export function assemble (upload: Upload, count: number, md5: string | null): FileContent | string {
  if (count < 1) return 'FILE_PARTS_INVALID'
  const parts = Array.from({ length: count }, (_, index) => upload.parts.get(index))
  const missing = parts.findIndex(part => part === undefined)
  if (missing !== -1) return `FILE_PART_${missing}_MISSING`
  const whole = parts.flatMap(part => part === undefined ? [] : [part])
  const size = whole[0]?.length ?? 0
  // all parts but the last one have the same length, which divides 512 KiB
  if (whole.slice(0, -1).some(part => part.length !== size)) return 'FILE_PART_LENGTH_INVALID'
  if (count > 1 && (size % 1024 !== 0 || MAX_PART_SIZE % size !== 0)) return 'FILE_PART_SIZE_INVALID'
  const bytes = Buffer.concat(whole)
  const wrong = md5 !== null && md5 !== '' && createHash('md5').update(bytes).digest('hex') !== md5.toLowerCase()
  return wrong ? 'MD5_CHECKSUM_INVALID' : bytesContent(bytes)
}
