import { Api } from 'telegram'
import type { Account } from '../world/accounts.js'
import type { Channel, Group, Member, Rights } from '../world/chats.js'
import { accessHash } from '../world/references.js'
import type { World } from '../world/world.js'
import { toLong } from './long.js'

/** `chat` as `account` sees it: forbidden where it is shut out. */
export function renderChat (world: World, account: Account, chat: Group | Channel): Api.TypeChat {
  return chat.kind === 'group' ? renderGroup(account, chat) : renderChannel(world, account, chat)
}

/** An administrator's rights. */
export function renderRights (rights: Rights): Api.ChatAdminRights {
  return new Api.ChatAdminRights({ postMessages: rights.post, editMessages: rights.edit, deleteMessages: rights.delete, other: true })
}

function renderGroup (account: Account, chat: Group): Api.TypeChat {
  const id = toLong(chat.id)
  const member = chat.members.get(account.id)
  if (member === undefined) return new Api.ChatForbidden({ id, title: chat.title })
  return new Api.Chat({
    id,
    title: chat.title,
    photo: new Api.ChatPhotoEmpty(),
    participantsCount: chat.members.size,
    date: chat.date,
    version: 1,
    creator: member.role === 'creator',
    defaultBannedRights: new Api.ChatBannedRights({ untilDate: 0 }),
    ...adminRights(member)
  })
}

function renderChannel (world: World, account: Account, chat: Channel): Api.TypeChat {
  const id = toLong(chat.id)
  const hash = toLong(accessHash(world, account, 'channel', chat.id))
  const kind = { broadcast: chat.broadcast, megagroup: !chat.broadcast }
  const member = chat.members.get(account.id)
  const closed = member === undefined && (chat.username === null || chat.banned.has(account.id))
  if (closed) return new Api.ChannelForbidden({ id, accessHash: hash, title: chat.title, ...kind })
  return new Api.Channel({
    id,
    accessHash: hash,
    title: chat.title,
    photo: new Api.ChatPhotoEmpty(),
    date: member?.date ?? chat.date,
    creator: member?.role === 'creator',
    left: member === undefined,
    ...kind,
    ...(chat.username === null ? {} : { username: chat.username }),
    ...(member === undefined ? {} : adminRights(member)),
    ...(member?.muted === true ? { bannedRights: new Api.ChatBannedRights({ sendMessages: true, sendMedia: true, untilDate: 0x7fffffff }) } : {})
  })
}

function adminRights (member: Member): { adminRights?: Api.ChatAdminRights } {
  return member.role === 'member' ? {} : { adminRights: renderRights(member.rights) }
}
