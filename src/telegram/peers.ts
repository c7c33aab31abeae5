import bigInt from 'big-integer'
import { Api } from 'telegram'
import type { ChatId } from '../media.js'

/** The Bot API's ids of channels and supergroups are this minus the id. */
const channelBase = -1_000_000_000_000n

/** A peer's id as the Bot API writes it. */
export function chatIdOf (peer: Api.TypePeer): ChatId {
  if (peer instanceof Api.PeerUser) return peer.userId.toString() as ChatId
  if (peer instanceof Api.PeerChat) return `-${peer.chatId.toString()}` as ChatId
  return channelIdOf(peer.channelId)
}

/** The id of a channel or supergroup as the Bot API writes it. */
export function channelIdOf (channelId: Api.long): ChatId {
  return (channelBase - BigInt(channelId.toString())).toString() as ChatId
}

/** What an id stands for, and Telegram's own number. */
export function parseChatId (chatId: ChatId): { readonly kind: 'user' | 'group' | 'channel', readonly id: string } {
  const id = BigInt(chatId)
  if (id > 0n) return { kind: 'user', id: id.toString() }
  if (id > channelBase) return { kind: 'group', id: (-id).toString() }
  return { kind: 'channel', id: (channelBase - id).toString() }
}

/** How many users' access hashes one bot remembers. */
const remembered = 10_000

/** Addresses chats. Bots may pass access hash 0 for channels and for users they know; a hash that was seen is better. */
export interface Peers {
  remember (users: readonly Api.TypeUser[]): void
  input (chatId: ChatId): Api.TypeInputPeer
  /** Throws a TypeError for a chat that is no channel or supergroup. */
  inputChannel (chatId: ChatId): Api.InputChannel
}

export function createPeers (): Peers {
  const hashes = new Map<string, string>()

  function rememberOne (user: Api.TypeUser): void {
    // "min" users come with a hash that is good for nothing else than their photo.
    if (!(user instanceof Api.User) || user.min || !user.accessHash) return
    hashes.delete(user.id.toString())
    hashes.set(user.id.toString(), user.accessHash.toString())
    const [oldest] = hashes.keys()
    if (hashes.size > remembered && oldest !== undefined) hashes.delete(oldest)
  }

  return {
    remember: users => { for (const user of users) rememberOne(user) },
    input: chatId => {
      const { kind, id } = parseChatId(chatId)
      if (kind === 'user') return new Api.InputPeerUser({ userId: bigInt(id), accessHash: bigInt(hashes.get(id) ?? '0') })
      if (kind === 'group') return new Api.InputPeerChat({ chatId: bigInt(id) })
      return new Api.InputPeerChannel({ channelId: bigInt(id), accessHash: bigInt.zero })
    },
    inputChannel: chatId => {
      const { kind, id } = parseChatId(chatId)
      if (kind !== 'channel') throw new TypeError(`${chatId} is not a channel`)
      return new Api.InputChannel({ channelId: bigInt(id), accessHash: bigInt.zero })
    }
  }
}
