import { Api } from 'telegram'
import type { DocumentAttribute } from '../world/files.js'

/** What a client tells about a document, as this Telegram keeps it: nothing for attributes that it does not keep. */
export function readAttribute (attribute: Api.TypeDocumentAttribute): DocumentAttribute[] {
  if (attribute instanceof Api.DocumentAttributeFilename) return [{ kind: 'filename', name: attribute.fileName }]
  if (attribute instanceof Api.DocumentAttributeAnimated) return [{ kind: 'animated' }]
  if (attribute instanceof Api.DocumentAttributeImageSize) return [{ kind: 'imageSize', width: attribute.w, height: attribute.h }]
  if (attribute instanceof Api.DocumentAttributeSticker) return [{ kind: 'sticker', alt: attribute.alt }]
  if (attribute instanceof Api.DocumentAttributeVideo) return [readVideo(attribute)]
  if (attribute instanceof Api.DocumentAttributeAudio) return [readAudio(attribute)]
  return []
}

function readVideo ({ duration, w, h, roundMessage, supportsStreaming, nosound }: Api.DocumentAttributeVideo): DocumentAttribute {
  return { kind: 'video', duration, width: w, height: h, round: roundMessage === true, streaming: supportsStreaming === true, silent: nosound === true }
}

function readAudio ({ duration, voice, title, performer }: Api.DocumentAttributeAudio): DocumentAttribute {
  return { kind: 'audio', duration, voice: voice === true, title: title ?? null, performer: performer ?? null }
}
