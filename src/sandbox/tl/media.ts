import { Api } from 'telegram'
import type { Account } from '../world/accounts.js'
import type { DocumentAttribute, Picture, StoredDocument, StoredFile, StoredPhoto } from '../world/files.js'
import { accessHash, fileReference } from '../world/references.js'
import type { World } from '../world/world.js'
import { toLong } from './long.js'

/** A file in a message, as `account` may fetch it. */
export function renderMedia (world: World, account: Account, file: StoredFile): Api.TypeMessageMedia {
  if (file.kind === 'photo') return new Api.MessageMediaPhoto({ photo: renderPhoto(world, account, file) })
  const video = file.attributes.find(attribute => attribute.kind === 'video')
  const voice = file.attributes.some(attribute => attribute.kind === 'audio' && attribute.voice)
  return new Api.MessageMediaDocument({
    document: renderDocument(world, account, file),
    video: video !== undefined,
    round: video?.kind === 'video' && video.round,
    voice
  })
}

/** Whether a message with `file` starts out unheard: voice and video notes do. */
export function startsUnread (file: StoredFile): boolean {
  return file.kind === 'document' && file.attributes.some(attribute =>
    (attribute.kind === 'audio' && attribute.voice) || (attribute.kind === 'video' && attribute.round))
}

function renderPhoto (world: World, account: Account, photo: StoredPhoto): Api.Photo {
  return new Api.Photo({
    id: toLong(photo.id),
    accessHash: toLong(accessHash(world, account, 'photo', photo.id)),
    fileReference: fileReference(world, account, photo),
    date: photo.date,
    sizes: photo.sizes.map(renderPicture),
    dcId: photo.dcId
  })
}

function renderDocument (world: World, account: Account, file: StoredDocument): Api.Document {
  return new Api.Document({
    id: toLong(file.id),
    accessHash: toLong(accessHash(world, account, 'document', file.id)),
    fileReference: fileReference(world, account, file),
    date: file.date,
    mimeType: file.mimeType,
    size: toLong(file.content.size),
    dcId: file.dcId,
    attributes: file.attributes.map(renderAttribute),
    ...(file.thumbs.length === 0 ? {} : { thumbs: file.thumbs.map(renderPicture) })
  })
}

function renderPicture (picture: Picture): Api.TypePhotoSize {
  const { letter: type, width: w, height: h, content, steps, inline } = picture
  if (inline) return new Api.PhotoStrippedSize({ type, bytes: Buffer.from(content.read(0, content.size)) })
  if (steps !== null) return new Api.PhotoSizeProgressive({ type, w, h, sizes: [...steps] })
  return new Api.PhotoSize({ type, w, h, size: content.size })
}

function renderAttribute (attribute: DocumentAttribute): Api.TypeDocumentAttribute {
  switch (attribute.kind) {
    case 'filename': return new Api.DocumentAttributeFilename({ fileName: attribute.name })
    case 'animated': return new Api.DocumentAttributeAnimated()
    case 'imageSize': return new Api.DocumentAttributeImageSize({ w: attribute.width, h: attribute.height })
    case 'sticker': return new Api.DocumentAttributeSticker({ alt: attribute.alt, stickerset: new Api.InputStickerSetEmpty() })
    case 'video': return renderVideo(attribute)
    case 'audio': return renderAudio(attribute)
  }
}

function renderVideo (attribute: Extract<DocumentAttribute, { kind: 'video' }>): Api.TypeDocumentAttribute {
  const { duration, width: w, height: h, round, streaming, silent } = attribute
  return new Api.DocumentAttributeVideo({ duration, w, h, roundMessage: round, supportsStreaming: streaming, nosound: silent })
}

function renderAudio (attribute: Extract<DocumentAttribute, { kind: 'audio' }>): Api.TypeDocumentAttribute {
  const { duration, voice, title, performer } = attribute
  return new Api.DocumentAttributeAudio({ duration, voice, ...(title === null ? {} : { title }), ...(performer === null ? {} : { performer }) })
}
