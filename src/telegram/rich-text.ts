import { Api } from 'telegram'
import type { RichText } from '../media.js'

/** Text and entities as Telegram takes them: offsets and lengths count UTF-16 units, as JavaScript's do. */
export function formatRichText (parts: RichText): { message: string, entities: Api.TypeMessageEntity[] } {
  const entities: Api.TypeMessageEntity[] = []
  let message = ''
  for (const part of parts) {
    const text = typeof part === 'string' ? part : part.code
    // Telegram refuses an entity of no length.
    if (typeof part !== 'string' && text !== '') entities.push(new Api.MessageEntityCode({ offset: message.length, length: text.length }))
    message += text
  }
  return { message, entities }
}
