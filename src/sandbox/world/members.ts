import type { Account } from './accounts.js'
import { createBox } from './boxes.js'
import { ALL_RIGHTS, type Channel, type Group, type Member, NO_RIGHTS, peopleOf, type Rights } from './chats.js'
import type { Delivery, MembershipEvent } from './events.js'
import { type Action, writeMessage } from './messages.js'
import { claimUsername, nextId } from './people.js'
import { unixTime, type World } from './world.js'

/** How somebody takes part in a chat. */
export interface MemberOptions {
  readonly admin?: boolean
  /** Of an administrator; all where absent. */
  readonly rights?: Partial<Rights>
  /** May read but not write. */
  readonly muted?: boolean
}

/** A new basic group with its creator in it. */
export function createGroup (world: World, title: string, creator: Account): { chat: Group, deliveries: Delivery[] } {
  const id = nextId(world, 4_000_000_000)
  const chat: Group = { kind: 'group', key: `group:${id}`, id, title, date: unixTime(world), creator, members: new Map(), lastBot: null }
  world.groups.set(id, chat)
  return { chat, deliveries: found(chat) }
}

/** A new channel (`broadcast`) or supergroup with its creator in it. Public where it has a username. */
export function createChannel (world: World, options: { title: string, username?: string, broadcast: boolean }, creator: Account): { chat: Channel, deliveries: Delivery[] } {
  const id = nextId(world, 2_000_000_000)
  const chat = emptyChannel(id, options, creator, unixTime(world))
  if (chat.username !== null) claimUsername(world, chat.username, chat)
  world.channels.set(id, chat)
  return { chat, deliveries: found(chat) }
}

/** Takes `account` into a chat, or changes its place there. Throws where a bot would be a plain member of a channel. */
export function addMember (world: World, chat: Group | Channel, account: Account, actor: Account, options: MemberOptions): Delivery[] {
  const before = chat.members.get(account.id) ?? null
  const after = makeMember(world, account, options)
  if (isBroadcast(chat) && account.bot !== null && after.role === 'member') throw new Error('bots join channels only as administrators')
  chat.members.set(account.id, after)
  if (chat.kind === 'channel') chat.banned.delete(account.id)
  return [
    ...(before === null ? notice(world, chat, actor, { kind: 'added', account }) : []),
    ...membershipChanged(world, { chat, actor, member: account, before, after })
  ]
}

/** Puts `account` out of a chat. In a basic group it still sees the notice. */
export function removeMember (world: World, chat: Group | Channel, account: Account, actor: Account): Delivery[] {
  const before = chat.members.get(account.id) ?? null
  if (before === null) return []
  const leave = () => { chat.members.delete(account.id); if (chat.kind === 'channel') chat.banned.add(account.id) }
  if (chat.kind === 'channel') leave()
  const told = notice(world, chat, actor, { kind: 'removed', account })
  leave()
  return [...told, ...membershipChanged(world, { chat, actor, member: account, before, after: null })]
}

/** Tells `account` to look at a chat again. */
export function chatChanged (world: World, chat: Group | Channel, account: Account): Delivery {
  const event = { kind: 'chat' as const, chat, seq: ++account.seq, date: unixTime(world) }
  account.others.push(event)
  return { account, box: null, event }
}

function membershipChanged (world: World, change: Omit<MembershipEvent, 'kind' | 'qts' | 'date'>): Delivery[] {
  const { chat, member } = change
  const admins = peopleOf(chat).filter(account => account.bot !== null && account !== member && chat.members.get(account.id)?.role === 'admin')
  const told = member.bot === null ? admins : [member, ...admins]
  const memberships = told.map(account => {
    const event = { kind: 'membership' as const, ...change, qts: ++account.qts, date: unixTime(world) }
    account.others.push(event)
    return { account, box: null, event }
  })
  return [chatChanged(world, chat, member), ...memberships]
}

function notice (world: World, chat: Group | Channel, author: Account, action: Action): Delivery[] {
  return isBroadcast(chat) ? [] : writeMessage({ chat, author, action }, unixTime(world)).deliveries
}

function found (chat: Group | Channel): Delivery[] {
  chat.members.set(chat.creator.id, { account: chat.creator, role: 'creator', rights: ALL_RIGHTS, muted: false, date: chat.date })
  return writeMessage({ chat, author: chat.creator, action: { kind: 'created' } }, chat.date).deliveries
}

function emptyChannel (id: string, options: { title: string, username?: string, broadcast: boolean }, creator: Account, date: number): Channel {
  const { title, username = null, broadcast } = options
  const box = createBox()
  const chat: Channel = { kind: 'channel', key: `channel:${id}`, id, title, username, broadcast, date, creator, members: new Map(), banned: new Set(), lastBot: null, box }
  box.channel = chat
  return chat
}

function makeMember (world: World, account: Account, options: MemberOptions): Member {
  const { admin = false, rights = {}, muted = false } = options
  return { account, role: admin ? 'admin' : 'member', rights: admin ? { ...ALL_RIGHTS, ...rights } : NO_RIGHTS, muted, date: unixTime(world) }
}

function isBroadcast (chat: Group | Channel): boolean {
  return chat.kind === 'channel' && chat.broadcast
}
