import type { MediaKind } from './file-id.js'

/** Extensions of the types that Telegram's own clients send. */
const extensions: ReadonlyMap<string, string> = new Map(Object.entries({
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/x-msvideo': 'avi',
  'video/mpeg': 'mpg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/heic': 'heic',
  'image/svg+xml': 'svg',
  'application/x-tgsticker': 'tgs',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'application/x-7z-compressed': '7z',
  'application/vnd.rar': 'rar',
  'application/x-tar': 'tar',
  'application/gzip': 'gz',
  'application/epub+zip': 'epub',
  'application/json': 'json',
  'application/vnd.android.package-archive': 'apk',
  'text/plain': 'txt',
  'text/html': 'html',
  'text/csv': 'csv'
}))

/** The type of a file that names none, or something that is no type. */
const defaultTypes: Readonly<Record<MediaKind, string>> = {
  document: 'application/octet-stream',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  'video-note': 'video/mp4',
  animation: 'video/mp4',
  sticker: 'image/webp',
  photo: 'image/jpeg'
}

/** The MIME type that goes into the catalogue: what the sender said, where that has the form of one. */
export function mimeTypeOf (kind: MediaKind, told: string | undefined): string {
  return told !== undefined && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(told) ? told.toLowerCase() : defaultTypes[kind]
}

/**
 * The file's name: the sender's, without control characters (PostgreSQL takes no NUL), or one made from kind, date and
 * type, such as `video-2026-11-21-153000.mp4`. `date` in seconds since 1970; the name shows UTC.
 */
export function fileNameOf (kind: MediaKind, told: string | undefined, mimeType: string, date: number): string {
  const cleaned = told?.replace(/\p{Cc}/gu, '').trim()
  if (cleaned !== undefined && cleaned !== '') return cleaned
  const [day = '', time = ''] = new Date(date * 1_000).toISOString().split('T')
  return `${kind}-${day}-${time.slice(0, 8).replaceAll(':', '')}.${extensions.get(mimeType) ?? 'bin'}`
}
