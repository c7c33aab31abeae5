import { Api } from 'telegram'
import type { SeenMedia } from '../media.js'
import { fileNameOf, mimeTypeOf } from './file-name.js'
import { type FileLocation, formatFileId, formatUniqueId, type MediaKind } from './file-id.js'

/** The file that a message carries, as the bot that received it can read it; null where there is none. `date` in s. */
export function mediaIn (media: Api.TypeMessageMedia | null | undefined, date: number): SeenMedia | null {
  if (media instanceof Api.MessageMediaDocument && media.document instanceof Api.Document) return documentMedia(media.document, date)
  if (media instanceof Api.MessageMediaPhoto && media.photo instanceof Api.Photo) return photoMedia(media.photo, date)
  return null
}

function documentMedia (document: Api.Document, date: number): SeenMedia {
  const kind = kindOf(document)
  const mimeType = mimeTypeOf(kind, document.mimeType)
  const location: FileLocation = {
    kind: 'document', dcId: document.dcId, id: document.id.toString(), accessHash: document.accessHash.toString(), reference: document.fileReference, thumb: ''
  }
  return {
    id: formatUniqueId(kind, location),
    fileId: formatFileId(kind, location),
    name: fileNameOf(kind, find(document, Api.DocumentAttributeFilename)?.fileName, mimeType, date),
    size: document.size.toJSNumber(),
    mimeType
  }
}

// The order in which TDLib decides: DocumentsManager::on_get_document. An animated sticker is a sticker.
function kindOf (document: Api.Document): MediaKind {
  const video = find(document, Api.DocumentAttributeVideo)
  const audio = find(document, Api.DocumentAttributeAudio)
  if (find(document, Api.DocumentAttributeSticker) !== undefined) return 'sticker'
  if (find(document, Api.DocumentAttributeAnimated) !== undefined) return 'animation'
  if (video !== undefined) return video.roundMessage ? 'video-note' : 'video'
  if (audio !== undefined) return audio.voice ? 'voice' : 'audio'
  return 'document'
}

function find<T extends Api.TypeDocumentAttribute> (document: Api.Document, type: new (...args: never[]) => T): T | undefined {
  return document.attributes.find((attribute): attribute is T => attribute instanceof type)
}

function photoMedia (photo: Api.Photo, date: number): SeenMedia | null {
  const largest = photo.sizes.flatMap(fetchableSize).sort((a, b) => b.pixels - a.pixels || b.bytes - a.bytes)[0]
  if (largest === undefined) return null
  const location: FileLocation = {
    kind: 'photo', dcId: photo.dcId, id: photo.id.toString(), accessHash: photo.accessHash.toString(), reference: photo.fileReference, thumb: largest.type
  }
  return {
    id: formatUniqueId('photo', location),
    fileId: formatFileId('photo', location),
    name: fileNameOf('photo', undefined, 'image/jpeg', date),
    size: largest.bytes,
    mimeType: 'image/jpeg'
  }
}

// Other sizes carry their bytes inline and cannot be fetched. A progressive one is whole at the last of its sizes.
function fetchableSize (size: Api.TypePhotoSize): Array<{ type: string, pixels: number, bytes: number }> {
  if (size instanceof Api.PhotoSize) return [{ type: size.type, pixels: size.w * size.h, bytes: size.size }]
  if (size instanceof Api.PhotoSizeProgressive) return [{ type: size.type, pixels: size.w * size.h, bytes: Math.max(...size.sizes) }]
  return []
}
