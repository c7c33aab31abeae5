import contentDisposition from 'content-disposition'
import type { MediaFile } from '../media.js'
import type { SizedFile } from './parts.js'

/** RFC 9110, 8.8.3: strong, since a `file_unique_id` names the same bytes for ever. Ids hold letters, digits, `-` and `_`. */
export function entityTag ({ id, size }: Pick<SizedFile, 'id' | 'size'>): string {
  return `"${id}-${size.toString(36)}"`
}

/** How a file is to be shown. */
export interface Shown {
  /** To be saved, never shown. */
  readonly attachment: boolean
  /** What caches may do with it. */
  readonly cacheControl: string
}

/** What every answer about the file carries, a 304 too. Without a size there is no tag. */
export function validatorHeaders (file: MediaFile, { cacheControl }: Shown): Record<string, string> {
  const { id, size } = file
  return {
    ...size !== null && { etag: entityTag({ id, size }) },
    'last-modified': file.createdAt.toUTCString(),
    'cache-control': cacheControl
  }
}

/** What an answer with the file's bytes carries, other than their number. */
export function contentHeaders (file: MediaFile, shown: Shown): Record<string, string> & { 'content-type': string } {
  const type = contentType(file)
  return {
    ...validatorHeaders(file, shown),
    'content-type': type,
    'content-disposition': disposition(file.name, shown.attachment || !isHarmless(type)),
    'accept-ranges': 'bytes'
  }
}

const wellFormedType = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(?: *; *[a-z0-9!#$&^_.+-]+=(?:[a-z0-9!#$&^_.+-]+|"[a-z0-9 !#$&^_.+-]*"))*$/i

function contentType ({ mimeType }: MediaFile): string {
  const type = mimeType?.trim() ?? ''
  return type.length <= 255 && wellFormedType.test(type) ? type : 'application/octet-stream'
}

/** Whether a browser may show it in our origin: not what can carry a script, as SVG and everything made of XML can, nor what claims to be one. */
function isHarmless (type: string): boolean {
  const [name = ''] = type.toLowerCase().split(/[ ;]/)
  return /^(?:video|audio|image)\//.test(name) ? !/svg|xml|html|script|pdf/.test(name) : name === 'text/plain'
}

/** RFC 6266, with a plain ASCII name beside the real one: some clients read Latin-1 there as UTF-8. */
function disposition (name: string | null, attachment: boolean): string {
  const type = attachment ? 'attachment' : 'inline'
  const clean = name === null ? '' : cleanName(name)
  if (clean === '') return type
  return contentDisposition(clean, { type, fallback: clean.replace(/[^\x20-\x7e]+/g, '_') })
}

/** Half characters cannot be encoded, controls end headers, marks of direction disguise endings, slashes make folders. */
function cleanName (name: string): string {
  const shown = name.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[\p{Cc}\u2028\u2029/\\]+/gu, '_').replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
  return shortened(shown.trim())
}

/** At most 200 characters, the ending kept: file systems take 255 bytes. */
function shortened (name: string): string {
  const letters = [...name]
  if (letters.length <= 200) return name
  const ending = /\.[^.]{1,10}$/u.exec(name)?.[0] ?? ''
  return letters.slice(0, 200 - ending.length).join('') + ending
}
