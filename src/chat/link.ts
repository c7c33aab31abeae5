import type { ChatId, OutgoingMessage, SeenMedia } from '../media.js'
import { formatSize } from './format-size.js'

/** The address of a file. `publicUrl` has no slash at its end; the name in the path is for players that show or judge it. */
export function linkTo (publicUrl: string, media: SeenMedia): string {
  return `${publicUrl}/download/${media.id}/${encodeURIComponent(media.name)}`
}

/** The reply to a message with a file: name, size, and the link as a button and as text to copy. */
export function linkMessage (publicUrl: string, chatId: ChatId, replyTo: number, media: SeenMedia): OutgoingMessage {
  const url = linkTo(publicUrl, media)
  return {
    chatId,
    replyTo,
    text: [`${media.name}\n${formatSize(media.size)}\n\n`, { code: url }],
    button: { text: 'Open', url }
  }
}
