import type { Account } from './accounts.js'
import type { Box } from './boxes.js'

/** What an administrator may do. */
export interface Rights {
  readonly post: boolean
  readonly edit: boolean
  readonly delete: boolean
}

/** Somebody's place in a chat. `date` in unix seconds. */
export interface Member {
  readonly account: Account
  readonly role: 'creator' | 'admin' | 'member'
  readonly rights: Rights
  /** May read but not write. */
  readonly muted: boolean
  readonly date: number
}

/** Two accounts. */
export interface PrivateChat {
  readonly kind: 'private'
  readonly key: string
  readonly sides: readonly [Account, Account]
}

/** A basic group: each member has its own ids. */
export interface Group {
  readonly kind: 'group'
  readonly key: string
  readonly id: string
  readonly title: string
  readonly date: number
  readonly creator: Account
  readonly members: Map<string, Member>
  /** The bot that wrote last: commands without a name are for it. */
  lastBot: Account | null
}

/** A channel (`broadcast`) or a supergroup: ids are shared. */
export interface Channel {
  readonly kind: 'channel'
  readonly key: string
  readonly id: string
  readonly title: string
  readonly username: string | null
  readonly broadcast: boolean
  readonly date: number
  readonly creator: Account
  readonly members: Map<string, Member>
  /** Ids of accounts that an administrator removed. */
  readonly banned: Set<string>
  readonly box: Box
  lastBot: Account | null
}

export type Chat = PrivateChat | Group | Channel

/** Every right. */
export const ALL_RIGHTS: Rights = { post: true, edit: true, delete: true }

/** No right. */
export const NO_RIGHTS: Rights = { post: false, edit: false, delete: false }

/** The name of an account or chat among all of them. */
export function peerKey (peer: { readonly kind: 'account' | 'group' | 'channel', readonly id: string }): string {
  return `${peer.kind}:${peer.id}`
}

/** Who takes part in `chat` now. */
export function peopleOf (chat: Chat): Account[] {
  return chat.kind === 'private' ? [...chat.sides] : [...chat.members.values()].map(member => member.account)
}

/** Whether `account` takes part in `chat` now. */
export function isIn (chat: Chat, account: Account): boolean {
  return chat.kind === 'private' ? chat.sides.includes(account) : chat.members.has(account.id)
}

/** The other side of a private chat. */
export function otherSide (chat: PrivateChat, account: Account): Account {
  return chat.sides[0] === account ? chat.sides[1] : chat.sides[0]
}

/** The right `right` of `account` in `chat`: the creator has all. */
export function mayDo (chat: Group | Channel, account: Account, right: keyof Rights): boolean {
  const member = chat.members.get(account.id)
  return member !== undefined && (member.role === 'creator' || member.rights[right])
}
