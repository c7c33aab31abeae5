import { parseFileId, tdFileId, toFileId, toUniqueFileId } from '@mtcute/file-id'
import bigInt from 'big-integer'
import Long from 'long'
import { Api } from 'telegram'
import { SourceGone } from '../errors.js'
import type { MediaId } from '../media.js'

/** Where a file lies and the key to it, for one bot. `thumb` is the letter of a size: mandatory for photos. */
export interface FileLocation {
  readonly kind: 'document' | 'photo'
  readonly dcId: number
  /** The document's or photo's id, in decimal: the same for all bots. */
  readonly id: string
  readonly accessHash: string
  /** May be empty: then Telegram is asked for one first. */
  readonly reference: Uint8Array
  readonly thumb: string
}

/** The kinds of media that the catalogue knows, with the type number that the Bot API gives them in a file_id. */
export const fileTypes = {
  document: tdFileId.FileType.Document,
  video: tdFileId.FileType.Video,
  audio: tdFileId.FileType.Audio,
  voice: tdFileId.FileType.VoiceNote,
  'video-note': tdFileId.FileType.VideoNote,
  animation: tdFileId.FileType.Animation,
  sticker: tdFileId.FileType.Sticker,
  photo: tdFileId.FileType.Photo
} as const

export type MediaKind = keyof typeof fileTypes

/** The newest subversion that @mtcute/file-id 0.30 reads. */
const readableSubversion = 58
/** The persistent version of ids that carry a subversion in the byte before it. */
const persistentVersion = 4

/**
 * Reads a Bot-API file_id, whoever made it: this program, a Bot API server, or Pyrogram. Throws SourceGone, with the
 * reason, where it is not the id of a file that can be fetched.
 */
export function parseLocation (fileId: string): FileLocation {
  const { dcId, type, fileReference, location } = parse(fileId)
  const base = { dcId, reference: fileReference ?? new Uint8Array() }
  if (location._ === 'web') throw new SourceGone('the file_id names a web file, which Telegram does not store')
  const ids = { id: location.id.toString(), accessHash: location.accessHash.toString() }
  if (location._ === 'common') return { kind: 'document', ...base, ...ids, thumb: '' }
  if (location.source._ !== 'thumbnail') throw new SourceGone('the file_id is of an old kind or a chat photo, without the size that Telegram wants to know')
  const kind = type === tdFileId.FileType.Photo ? 'photo' : 'document'
  return { kind, ...base, ...ids, thumb: location.source.thumbnailType }
}

function parse (fileId: string): tdFileId.RawFullRemoteFileLocation {
  try {
    return parseFileId(readable(Buffer.from(fileId, 'base64url')))
  } catch (error) {
    // Garbage ends as a RangeError, an id of an unknown type as one of the package's own.
    throw new SourceGone(`the file_id cannot be read (${error instanceof Error ? error.message.replace(/ \(.*\)$/, '') : 'unknown error'})`, { cause: error })
  }
}

// Bot API servers since 2026 write subversion 59 and later; the layout of these types is the same, the package refuses them.
function readable (bytes: Buffer): Uint8Array {
  const subversionAt = bytes.length - 2
  if (bytes.at(-1) === persistentVersion && (bytes[subversionAt] ?? 0) > readableSubversion) bytes[subversionAt] = readableSubversion
  return bytes
}

/** Writes the file_id by which the Bot API names this file for this bot. */
export function formatFileId (kind: MediaKind, location: FileLocation): string {
  return toFileId({
    dcId: location.dcId, type: fileTypes[kind], fileReference: location.reference, location: rawLocation(kind, location)
  })
}

/** The file's `file_unique_id`, the same for every bot. */
export function formatUniqueId (kind: MediaKind, location: FileLocation): MediaId {
  const id = toUniqueFileId(fileTypes[kind], rawLocation(kind, location))
  return id as MediaId
}

function rawLocation (kind: MediaKind, { id, accessHash, thumb }: FileLocation): tdFileId.RawCommonRemoteFileLocation | tdFileId.RawPhotoRemoteFileLocation {
  const ids = { id: Long.fromString(id), accessHash: Long.fromString(accessHash) }
  if (kind !== 'photo') return { _: 'common', ...ids }
  return { _: 'photo', ...ids, source: { _: 'thumbnail', fileType: tdFileId.FileType.Photo, thumbnailType: thumb } }
}

/** The location as `upload.getFile` wants it. */
export function inputLocation ({ kind, id, accessHash, reference, thumb }: FileLocation): Api.TypeInputFileLocation {
  const args = { id: bigInt(id), accessHash: bigInt(accessHash), fileReference: Buffer.from(reference), thumbSize: thumb }
  return kind === 'photo' ? new Api.InputPhotoFileLocation(args) : new Api.InputDocumentFileLocation(args)
}
