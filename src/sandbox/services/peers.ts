import { Api } from 'telegram'
import type bigInt from 'big-integer'
import { RpcError } from '../network/types.js'
import { fromLong } from '../tl/long.js'
import type { Account } from '../world/accounts.js'
import { type Channel, type Chat, type Group, mayDo, peerKey } from '../world/chats.js'
import { accessHash } from '../world/references.js'
import { type Caller, refuseIf } from './method.js'

/** Whom an InputPeer names. Throws PEER_ID_INVALID and its kin for whom the caller does not know, or names with a wrong hash. */
export function resolvePeer (caller: Caller, input: unknown): Account | Group | Channel {
  if (input instanceof Api.InputPeerSelf) return caller.account
  if (input instanceof Api.InputPeerUser) return findUser(caller, input.userId, input.accessHash, 'PEER_ID_INVALID')
  if (input instanceof Api.InputPeerChat) return findGroup(caller, input.chatId, 'PEER_ID_INVALID')
  if (input instanceof Api.InputPeerChannel) return findChannel(caller, input.channelId, input.accessHash)
  const fromMessage = input instanceof Api.InputPeerUserFromMessage || input instanceof Api.InputPeerChannelFromMessage
  throw new RpcError(400, fromMessage ? 'FROM_MESSAGE_BOT_DISABLED' : 'PEER_ID_INVALID')
}

/** Whom an InputUser names; USER_ID_INVALID where it is nobody whom the caller knows. */
export function resolveUser (caller: Caller, input: unknown): Account {
  if (input instanceof Api.InputUserSelf) return caller.account
  if (input instanceof Api.InputUser) return findUser(caller, input.userId, input.accessHash, 'USER_ID_INVALID')
  throw new RpcError(400, input instanceof Api.InputUserFromMessage ? 'FROM_MESSAGE_BOT_DISABLED' : 'USER_ID_INVALID')
}

/** Which channel an InputChannel names, whether or not the caller may read it. */
export function resolveChannel (caller: Caller, input: unknown): Channel {
  if (input instanceof Api.InputChannel) return findChannel(caller, input.channelId, input.accessHash)
  throw new RpcError(400, input instanceof Api.InputChannelFromMessage ? 'FROM_MESSAGE_BOT_DISABLED' : 'CHANNEL_INVALID')
}

/** The same, for reading in it: 406 CHANNEL_PRIVATE where the caller is shut out. */
export function readableChannel (caller: Caller, input: unknown): Channel {
  const channel = resolveChannel(caller, input)
  checkReadable(caller, channel)
  return channel
}

/** The chat with `peer`, for reading and changing what is in it. */
export function chatWith (caller: Caller, peer: Account | Group | Channel): Chat {
  if (peer.kind === 'channel') checkReadable(caller, peer)
  if (peer.kind === 'group') refuseIf(!peer.members.has(caller.account.id), 'CHAT_FORBIDDEN', 403)
  return peer.kind === 'account' ? dialogueWith(caller, peer) : peer
}

/** The chat with `peer`, for writing into it: core.telegram.org/method/messages.sendMessage#possible-errors. */
export function writableChat (caller: Caller, peer: Account | Group | Channel): Chat {
  if (peer.kind === 'account') return writableDialogue(caller, peer)
  const member = peer.members.get(caller.account.id)
  if (member === undefined && peer.kind === 'channel') checkReadable(caller, peer)
  refuseIf(member === undefined || member.muted, 'CHAT_WRITE_FORBIDDEN', 403)
  if (peer.kind === 'channel' && peer.broadcast) refuseIf(!mayDo(peer, caller.account, 'post'), 'CHAT_ADMIN_REQUIRED')
  return peer
}

function writableDialogue (caller: Caller, peer: Account): Chat {
  refuseIf(peer.bot !== null, 'USER_IS_BOT')
  const chat = dialogueWith(caller, peer)
  refuseIf(peer.blocked.has(caller.account.id), 'USER_IS_BLOCKED')
  return chat
}

/** A bot cannot begin a conversation: there is one when the user wrote first. */
function dialogueWith (caller: Caller, peer: Account): Chat {
  const chat = [...caller.world.privateChats.values()].find(({ sides }) => sides.includes(peer) && sides.includes(caller.account))
  if (chat === undefined || peer === caller.account) throw new RpcError(400, 'PEER_ID_INVALID')
  return chat
}

function checkReadable (caller: Caller, channel: Channel): void {
  const open = channel.username !== null && !channel.banned.has(caller.account.id) && (caller.account.bot === null || caller.world.settings.publicChannelsReadable)
  refuseIf(!channel.members.has(caller.account.id) && !open, 'CHANNEL_PRIVATE', 406)
}

function findUser (caller: Caller, id: bigInt.BigInteger, hash: bigInt.BigInteger, error: string): Account {
  const user = caller.world.accounts.get(id.toString())
  if (user === undefined) throw new RpcError(400, error)
  refuseIf(user !== caller.account && !opens(caller, user, fromLong(hash)), error)
  return user
}

function findChannel (caller: Caller, id: bigInt.BigInteger, hash: bigInt.BigInteger): Channel {
  const channel = caller.world.channels.get(id.toString())
  if (channel === undefined || !opens(caller, channel, fromLong(hash))) throw new RpcError(400, 'CHANNEL_INVALID')
  return channel
}

function findGroup (caller: Caller, id: bigInt.BigInteger, error: string): Group {
  const group = caller.world.groups.get(id.toString())
  const known = group !== undefined && (group.members.has(caller.account.id) || caller.account.known.has(peerKey(group)))
  if (!known) throw new RpcError(400, error)
  return group
}

/** Bots may pass 0 for whom they know. */
function opens ({ world, account }: Caller, peer: Account | Channel, hash: bigint): boolean {
  if (hash !== 0n) return hash === accessHash(world, account, peer.kind, peer.id)
  const member = peer.kind === 'channel' && peer.members.has(account.id)
  return account.bot !== null && (member || account.known.has(peerKey(peer)))
}
