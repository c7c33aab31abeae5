import type { IncomingHttpHeaders } from 'node:http'
import type { ByteRange, MediaFile } from '../media.js'
import { contentHeaders, entityTag, validatorHeaders } from './file-headers.js'
import type { Shown } from './file-headers.js'
import { multipart } from './multipart.js'
import type { Piece } from './multipart.js'
import type { SizedFile } from './parts.js'
import { allowsRange, statusOfConditions } from './preconditions.js'
import { parseRanges } from './ranges.js'

/** How to answer: `pieces` are the body, none where there is nothing to send. */
export interface Answer {
  readonly status: 200 | 206 | 304 | 412 | 416
  readonly headers: Record<string, string>
  readonly pieces: readonly Piece[]
}

/** What of a request decides its answer. */
export interface FileRequest extends Shown {
  readonly method: string
  readonly headers: IncomingHttpHeaders
}

/** The answer to a request for `file`. RFC 9110: conditions first (13.2.2), and Range counts for GET only (14.2). */
export function answerFor (file: SizedFile, request: FileRequest): Answer {
  const { method, headers } = request
  const current = { etag: entityTag(file), lastModified: file.createdAt }
  const status = statusOfConditions(headers, current)
  if (status !== null) return { status, headers: validatorHeaders(file, request), pieces: [] }
  const isWhole = method === 'HEAD' || !allowsRange(headers, current)
  const asked = isWhole ? 'whole' : parseRanges(headers.range, file.size)
  if (asked === 'none') return { status: 416, headers: { 'content-range': `bytes */${file.size}`, 'accept-ranges': 'bytes' }, pieces: [] }
  if (asked === 'whole') return whole(file, request)
  const [range, ...others] = asked
  return range === undefined || others.length > 0 ? several(file, request, asked) : part(file, request, range)
}

/** The answer to a HEAD for a file whose size nobody noted: Telegram is not asked for it, and what would follow from it is left out (9.3.2). */
export function answerUnsized (file: MediaFile, request: FileRequest): Answer {
  const status = statusOfConditions(request.headers, { etag: null, lastModified: file.createdAt })
  return { status: status ?? 200, headers: status === null ? contentHeaders(file, request) : validatorHeaders(file, request), pieces: [] }
}

function whole (file: SizedFile, request: FileRequest): Answer {
  const pieces = request.method === 'HEAD' || file.size === 0 ? [] : [{ start: 0, end: file.size }]
  return { status: 200, headers: { ...contentHeaders(file, request), 'content-length': String(file.size) }, pieces }
}

function part (file: SizedFile, request: FileRequest, range: ByteRange): Answer {
  const { start, end } = range
  const place = { 'content-length': String(end - start), 'content-range': `bytes ${start}-${end - 1}/${file.size}` }
  return { status: 206, headers: { ...contentHeaders(file, request), ...place }, pieces: [range] }
}

/** 15.3.7.2: each part says where it belongs, the answer as a whole does not. */
function several (file: SizedFile, request: FileRequest, ranges: readonly ByteRange[]): Answer {
  const headers = contentHeaders(file, request)
  const { contentType, length, pieces } = multipart(ranges, headers['content-type'], file.size)
  return { status: 206, headers: { ...headers, 'content-type': contentType, 'content-length': String(length) }, pieces }
}
