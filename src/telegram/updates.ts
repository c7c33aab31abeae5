import { Api } from 'telegram'
import type { BoxId, Chat, ChatId, ReceivedMessage } from '../media.js'
import { mediaIn } from './media.js'
import { channelIdOf, chatIdOf } from './peers.js'
import type { Change } from './updates/box.js'
import { type Content, nothing } from './updates/content.js'

/** What happened in a box, and where that leaves its counter. */
export interface BoxChange extends Change {
  readonly box: BoxId
}

/** What one frame of updates says. */
export interface Packet {
  readonly changes: readonly BoxChange[]
  /** The values of the second counter of the own box, for which nothing is stored. Each counts one. */
  readonly qts: readonly number[]
  /** The first and the last number of the frame; `null` where it is not numbered. */
  readonly seq: { readonly first: number, readonly last: number } | null
  /** Telegram says that more happened in the own box than it tells. */
  readonly isTooLong: boolean
  /** Channels that are to be asked; `pts`: up to where something is known to have happened there, 0 where that was not said. */
  readonly doubted: ReadonlyArray<{ readonly chatId: ChatId, readonly pts: number }>
  readonly users: readonly Api.TypeUser[]
}

/** Reads what GramJS passes on; null where it is not an update (GramJS reports its own connection states the same way). */
export function readUpdates (update: unknown): Packet | null {
  if (update instanceof Api.Updates) return packetOf(update.updates, { users: update.users, seq: numbered(update.seq, update.seq) })
  if (update instanceof Api.UpdatesCombined) return packetOf(update.updates, { users: update.users, seq: numbered(update.seqStart, update.seq) })
  if (update instanceof Api.UpdateShort) return packetOf([update.update], {})
  if (update instanceof Api.UpdateShortMessage || update instanceof Api.UpdateShortChatMessage) return { ...empty, changes: [readShort(update)] }
  if (update instanceof Api.UpdateShortSentMessage) return { ...empty, changes: [{ box: 'own', pts: update.pts, count: update.ptsCount, content: { ...nothing, lastMessageId: update.id } }] }
  return update instanceof Api.UpdatesTooLong ? { ...empty, isTooLong: true } : null
}

const empty: Packet = { changes: [], qts: [], seq: null, isTooLong: false, doubted: [], users: [] }

/** The same of single updates, as a difference has them. */
export function packetOf (updates: readonly Api.TypeUpdate[], rest: Partial<Pick<Packet, 'users' | 'seq'>>): Packet {
  return {
    ...empty,
    ...rest,
    // The counter was set anew; whether the old state still counts, the difference tells.
    isTooLong: updates.some(update => update instanceof Api.UpdatePtsChanged),
    changes: updates.flatMap(readChange),
    qts: updates.flatMap(update => hasQts(update) ? [update.qts] : []),
    doubted: updates.flatMap(readDoubt)
  }
}

// 0: the frame stands outside the order.
function numbered (first: number, last: number): Packet['seq'] {
  return last === 0 ? null : { first, last }
}

function readChange (update: Api.TypeUpdate): BoxChange[] {
  if (!hasPts(update)) return []
  const { pts, ptsCount: count } = update
  return [{ box: boxOf(update), pts, count, content: contentOf(update) }]
}

function hasPts (update: Api.TypeUpdate): update is Api.TypeUpdate & { readonly pts: number, readonly ptsCount: number } {
  return 'pts' in update && typeof update.pts === 'number' && 'ptsCount' in update && typeof update.ptsCount === 'number'
}

function hasQts (update: Api.TypeUpdate): update is Api.TypeUpdate & { readonly qts: number } {
  return 'qts' in update && typeof update.qts === 'number'
}

/** Updates about channels carry the channel, or a message that stands in it; all others belong to the own box. */
function boxOf (update: Api.TypeUpdate): BoxId {
  if (update instanceof Api.UpdateNewChannelMessage || update instanceof Api.UpdateEditChannelMessage) {
    const { message } = update
    return 'peerId' in message && message.peerId instanceof Api.PeerChannel ? chatIdOf(message.peerId) : 'own'
  }
  if ('channelId' in update) return channelIdOf(update.channelId)
  // updatePinnedChannelMessages and its kin name a peer.
  return 'peer' in update && update.peer instanceof Api.PeerChannel ? chatIdOf(update.peer) : 'own'
}

function contentOf (update: Api.TypeUpdate): Content {
  if (update instanceof Api.UpdateNewMessage || update instanceof Api.UpdateNewChannelMessage) return readMessage('new', update.message)
  if (update instanceof Api.UpdateEditMessage || update instanceof Api.UpdateEditChannelMessage) return readMessage('edited', update.message)
  if (update instanceof Api.UpdateDeleteMessages) return { ...nothing, deletions: [{ chatId: null, messageIds: update.messages }] }
  if (update instanceof Api.UpdateDeleteChannelMessages) return { ...nothing, deletions: [{ chatId: channelIdOf(update.channelId), messageIds: update.messages }] }
  return nothing
}

function readDoubt (update: Api.TypeUpdate): Packet['doubted'][number][] {
  if (update instanceof Api.UpdateChannelTooLong) return [{ chatId: channelIdOf(update.channelId), pts: update.pts ?? 0 }]
  // The bot came, left, rose or fell there.
  return update instanceof Api.UpdateChannel ? [{ chatId: channelIdOf(update.channelId), pts: 0 }] : []
}

/** What a message says. A service message is nothing but its id; what a bot wrote itself is no news. */
export function readMessage (kind: ReceivedMessage['kind'], message: Api.TypeMessage): Content {
  const seen = { ...nothing, lastMessageId: message.id }
  if (!(message instanceof Api.Message)) return seen
  // A channel has no other author.
  if (message.out && !message.post) return seen
  const received = {
    kind,
    chat: chatOf(message),
    messageId: message.id,
    date: message.date,
    senderId: senderOf(message),
    text: message.message ?? '',
    media: mediaIn(message.media, message.date)
  }
  return { ...seen, messages: [received] }
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
function readShort (update: Api.UpdateShortMessage | Api.UpdateShortChatMessage): BoxChange {
  const { id, date, message: text, pts, ptsCount: count } = update
  const isPrivate = update instanceof Api.UpdateShortMessage
  const senderId = chatIdOf(new Api.PeerUser({ userId: isPrivate ? update.userId : update.fromId }))
  const chat: Chat = isPrivate ? { id: senderId, kind: 'private' } : { id: chatIdOf(new Api.PeerChat({ chatId: update.chatId })), kind: 'group' }
  const messages: ReceivedMessage[] = update.out ? [] : [{ kind: 'new', chat, messageId: id, date, senderId, text, media: null }]
  return { box: 'own', pts, count, content: { ...nothing, messages, lastMessageId: id } }
}
