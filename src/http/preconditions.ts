import type { IncomingHttpHeaders } from 'node:http'
import { parseHttpDate } from './http-date.js'

/** What names the current state of a file: its strong entity tag, `null` where nobody knows it, and the time of its last change. */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: Date
}

/**
 * The status that a GET's or HEAD's conditions ask for, or `null` to go on. RFC 9110, 13.2.2: If-Match, else If-Unmodified-Since; then
 * If-None-Match, else If-Modified-Since. VLC sends If-Match with every seek.
 */
export function statusOfConditions (headers: IncomingHttpHeaders, current: Validators): 304 | 412 | null {
  return isOtherFile(headers, current) ? 412 : isSameCopy(headers, current) ? 304 : null
}

/**
 * Whether If-Range lets the Range count (13.1.5): the same strong tag, or exactly the date that was given out, which is as strong, since
 * a file never changes (8.8.2.2).
 */
export function allowsRange (headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  // Node joins a repeated If-Range with a comma, which then is neither a tag nor a date.
  const wanted = headers['if-range']
  if (typeof wanted !== 'string') return true
  return wanted.endsWith('"') ? wanted === etag : parseHttpDate(wanted) === seconds(lastModified)
}

function isOtherFile (headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const match = headers['if-match']
  if (match !== undefined) return match !== '*' && !tagsIn(match).some(tag => tag === etag)
  const since = parseHttpDate(headers['if-unmodified-since'] ?? '')
  return since !== null && seconds(lastModified) > since
}

function isSameCopy (headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const noneMatch = headers['if-none-match']
  if (noneMatch !== undefined) return noneMatch === '*' || tagsIn(noneMatch).some(tag => tag.replace(/^W\//, '') === etag)
  const since = parseHttpDate(headers['if-modified-since'] ?? '')
  return since !== null && seconds(lastModified) <= since
}

/** The tags of a list (8.8.3); what is between quotes may hold commas, so it is looked for, not split. */
function tagsIn (list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? []
}

/** HTTP's dates have no fractions of a second. */
function seconds (date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000
}
