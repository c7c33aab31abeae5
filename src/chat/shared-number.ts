import { createHash } from 'node:crypto'
import type { ReceivedMessage } from '../media.js'

/**
 * The number of a message that is the same for every bot. In a basic group each account counts on its own
 * (core.telegram.org/api/updates), so there it is made from the file: who answered that once answers it again; or else from who
 * wrote what in which second.
 */
export function sharedNumber ({ chat, messageId, senderId, date, text, media }: ReceivedMessage): number {
  if (chat.kind !== 'group') return messageId
  return createHash('sha256').update(media?.id ?? `${senderId} ${date} ${text}`).digest().readUInt32BE() >>> 1
}
