import { Api } from 'telegram'
import type { Chat, ReceivedMessage } from '../media.js'
import { mediaIn } from './media.js'
import { chatIdOf } from './peers.js'

/** What one frame of updates says. The state that it covers (pts, qts, seq) is not read yet. */
export interface Received {
  readonly messages: readonly ReceivedMessage[]
  readonly users: readonly Api.TypeUser[]
}

/** Reads what GramJS passes on; null where it is not an update (GramJS reports its own connection states the same way). */
export function readUpdates (update: unknown): Received | null {
  if (update instanceof Api.Updates || update instanceof Api.UpdatesCombined) {
    return { messages: update.updates.flatMap(readUpdate), users: update.users }
  }
  if (update instanceof Api.UpdateShort) return { messages: readUpdate(update.update), users: [] }
  if (update instanceof Api.UpdateShortMessage || update instanceof Api.UpdateShortChatMessage) return { messages: readShort(update), users: [] }
  return null
}

function readUpdate (update: Api.TypeUpdate): ReceivedMessage[] {
  if (update instanceof Api.UpdateNewMessage || update instanceof Api.UpdateNewChannelMessage) return readMessage('new', update.message)
  if (update instanceof Api.UpdateEditMessage || update instanceof Api.UpdateEditChannelMessage) return readMessage('edited', update.message)
  return []
}

function readMessage (kind: ReceivedMessage['kind'], message: Api.TypeMessage): ReceivedMessage[] {
  if (!(message instanceof Api.Message)) return []
  // What the bot sent itself: only a channel post is news, since a channel has no other author.
  if (message.out && !message.post) return []
  return [{
    kind,
    chat: chatOf(message),
    messageId: message.id,
    senderId: senderOf(message),
    text: message.message ?? '',
    media: mediaIn(message.media, message.date)
  }]
}

function chatOf (message: Api.Message): Chat {
  const id = chatIdOf(message.peerId)
  if (message.peerId instanceof Api.PeerUser) return { id, kind: 'private' }
  if (message.peerId instanceof Api.PeerChat) return { id, kind: 'group' }
  return { id, kind: message.post ? 'channel' : 'supergroup' }
}

// In a private chat Telegram leaves out the sender when it is the other side.
function senderOf (message: Api.Message): string | null {
  if (message.fromId) return chatIdOf(message.fromId)
  return message.peerId instanceof Api.PeerUser ? chatIdOf(message.peerId) : null
}

// The short forms carry text only.
function readShort (update: Api.UpdateShortMessage | Api.UpdateShortChatMessage): ReceivedMessage[] {
  if (update.out) return []
  const isPrivate = update instanceof Api.UpdateShortMessage
  const sender = chatIdOf(new Api.PeerUser({ userId: isPrivate ? update.userId : update.fromId }))
  const chat: Chat = isPrivate ? { id: sender, kind: 'private' } : { id: chatIdOf(new Api.PeerChat({ chatId: update.chatId })), kind: 'group' }
  return [{ kind: 'new', chat, messageId: update.id, senderId: sender, text: update.message, media: null }]
}
