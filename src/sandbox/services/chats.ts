import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { renderChat } from '../tl/chats.js'
import { toLong } from '../tl/long.js'
import { channelParticipant } from '../tl/participants.js'
import { createView } from '../tl/view.js'
import { type Channel, peerKey } from '../world/chats.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { readableChannel, resolveChannel, resolvePeer } from './peers.js'

/** What can be asked about groups and channels. */
export const chatMethods: readonly Method[] = [
  method(Api.messages.GetChats, ({ id }, caller) => new Api.messages.Chats({ chats: id.map(group => knownGroup(caller, group.toString())) })),
  method(Api.channels.GetChannels, ({ id }, caller) => {
    const chats = id.map(input => renderChat(caller.world, caller.account, resolveChannel(caller, input)))
    return new Api.messages.Chats({ chats })
  }),
  method(Api.channels.GetFullChannel, ({ channel }, caller) => fullChannel(caller, readableChannel(caller, channel))),
  method(Api.channels.GetParticipant, participant)
]

function knownGroup ({ world, account }: Caller, id: string): Api.TypeChat {
  const group = world.groups.get(id)
  const known = group !== undefined && (group.members.has(account.id) || account.known.has(peerKey(group)))
  if (!known) throw new RpcError(400, 'CHAT_ID_INVALID')
  return renderChat(world, account, group)
}

function fullChannel ({ world, account }: Caller, channel: Channel): Api.messages.ChatFull {
  const view = createView(world, account)
  view.peer(channel)
  const admins = [...channel.members.values()].filter(member => member.role !== 'member')
  const fullChat = new Api.ChannelFull({
    id: toLong(channel.id),
    about: '',
    participantsCount: channel.members.size,
    adminsCount: admins.length,
    readInboxMaxId: 0,
    readOutboxMaxId: 0,
    unreadCount: 0,
    chatPhoto: new Api.PhotoEmpty({ id: toLong(0) }),
    notifySettings: new Api.PeerNotifySettings({}),
    botInfo: [],
    pts: channel.box.pts
  })
  return new Api.messages.ChatFull({ fullChat, users: view.users(), chats: view.chats() })
}

/** Only administrators of a broadcast channel are told who else is in it. */
function participant ({ channel: input, participant: who }: Api.channels.GetParticipant, caller: Caller): Api.channels.ChannelParticipant {
  const channel = readableChannel(caller, input)
  const peer = resolvePeer(caller, who)
  if (peer.kind !== 'account') throw new RpcError(400, 'PARTICIPANT_ID_INVALID')
  const own = channel.members.get(caller.account.id)
  const admin = own !== undefined && own.role !== 'member'
  refuseIf(channel.broadcast && peer !== caller.account && !admin, 'CHAT_ADMIN_REQUIRED')
  const member = channel.members.get(peer.id)
  if (member === undefined) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
  const view = createView(caller.world, caller.account)
  return new Api.channels.ChannelParticipant({ participant: channelParticipant(view, channel, member), users: view.users(), chats: view.chats() })
}
