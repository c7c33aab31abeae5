import { Api } from 'telegram'
import type { Channel, Group, Member } from '../world/chats.js'
import { renderRights } from './chats.js'
import { toLong } from './long.js'
import type { View } from './view.js'

/** Somebody's place in a channel or supergroup. */
export function channelParticipant (view: View, chat: Channel, member: Member): Api.TypeChannelParticipant {
  const { account, role, date } = member
  view.peer(account)
  const userId = toLong(account.id)
  const inviterId = toLong(chat.creator.id)
  const adminRights = renderRights(member.rights)
  const self = account === view.account
  switch (role) {
    case 'creator': return new Api.ChannelParticipantCreator({ userId, adminRights })
    case 'admin': return new Api.ChannelParticipantAdmin({ userId, inviterId, promotedBy: inviterId, date, adminRights, self })
    case 'member': return self ? new Api.ChannelParticipantSelf({ userId, inviterId, date }) : plainParticipant(chat, member)
  }
}

/** Somebody's place in a basic group. */
export function chatParticipant (view: View, chat: Group, member: Member): Api.TypeChatParticipant {
  view.peer(member.account)
  const userId = toLong(member.account.id)
  const inviterId = toLong(chat.creator.id)
  switch (member.role) {
    case 'creator': return new Api.ChatParticipantCreator({ userId })
    case 'admin': return new Api.ChatParticipantAdmin({ userId, inviterId, date: member.date })
    case 'member': return new Api.ChatParticipant({ userId, inviterId, date: member.date })
  }
}

function plainParticipant (chat: Channel, { account, muted, date }: Member): Api.TypeChannelParticipant {
  const userId = toLong(account.id)
  if (!muted) return new Api.ChannelParticipant({ userId, date })
  const bannedRights = new Api.ChatBannedRights({ sendMessages: true, sendMedia: true, untilDate: 0x7fffffff })
  return new Api.ChannelParticipantBanned({ peer: new Api.PeerUser({ userId }), kickedBy: toLong(chat.creator.id), date, bannedRights })
}
