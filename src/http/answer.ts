import type { IncomingHttpHeaders } from 'node:http'
import type { ByteRange } from '../media.js'
import { contentHeaders, entityTag, validatorHeaders } from './file-headers.js'
import type { SizedFile } from './parts.js'
import { allowsRange, statusOfConditions } from './preconditions.js'

/** How to answer: `range` are the bytes to send, `null` where there are none to send. */
export interface Answer {
  readonly status: 200 | 206 | 304 | 412 | 416
  readonly headers: Record<string, string>
  readonly range: ByteRange | null
}

/** What of a request decides its answer. */
export interface FileRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** To be saved, never shown. */
  readonly attachment: boolean
}

/** The answer to a request for `file`. RFC 9110: conditions first (13.2.2), and Range counts for GET only (14.2). */
export function answerFor (file: SizedFile, { method, headers, attachment }: FileRequest): Answer {
  const current = { etag: entityTag(file), lastModified: file.createdAt }
  const status = statusOfConditions(headers, current)
  if (status !== null) return { status, headers: validatorHeaders(file), range: null }
  const whole = method === 'HEAD' || !allowsRange(headers, current)
  const asked = whole ? 'whole' : parseRange(headers.range, file.size)
  if (asked === 'none') return { status: 416, headers: { 'content-range': `bytes */${file.size}`, 'accept-ranges': 'bytes' }, range: null }
  const content = contentHeaders(file, attachment)
  const range = asked === 'whole' ? { start: 0, end: file.size } : asked
  const length = { 'content-length': String(range.end - range.start) }
  const body = method === 'HEAD' || range.end === range.start ? null : range
  if (asked === 'whole') return { status: 200, headers: { ...content, ...length }, range: body }
  return { status: 206, headers: { ...content, ...length, 'content-range': `bytes ${range.start}-${range.end - 1}/${file.size}` }, range: body }
}

/**
 * The bytes that a Range header asks for. `whole` where it is absent or to be ignored: another unit, not well formed, or
 * several ranges, for which the whole file is an allowed answer (RFC 9110, 14.2). `none`: not one byte of it exists.
 */
export function parseRange (header: string | undefined, size: number): ByteRange | 'whole' | 'none' {
  const set = /^bytes=(.*)$/i.exec(header?.trim() ?? '')?.[1] ?? ''
  const specs = set.split(',').map(spec => spec.trim()).filter(spec => spec !== '')
  const [, first, last] = specs.length === 1 ? /^(\d*)-(\d*)$/.exec(specs[0] ?? '') ?? [] : []
  if (first === undefined || last === undefined || first + last === '') return 'whole'
  return first === '' ? suffix(Number(last), size) : interval(Number(first), last === '' ? Infinity : Number(last), size)
}

/** `-n`: the last n bytes, or all of a shorter file. An empty file has a last byte to nobody, and 206 no way to say so. */
function suffix (length: number, size: number): ByteRange | 'whole' | 'none' {
  if (length === 0) return 'none'
  return size === 0 ? 'whole' : { start: Math.max(size - length, 0), end: size }
}

/** `a-b`, with both ends included, and `a-`. */
function interval (first: number, last: number, size: number): ByteRange | 'whole' | 'none' {
  if (first > last) return 'whole'
  return first >= size ? 'none' : { start: first, end: Math.min(last + 1, size) }
}
