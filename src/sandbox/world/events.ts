import type { Account } from './accounts.js'
import type { Box } from './boxes.js'
import type { Channel, Group, Member } from './chats.js'
import type { Message } from './messages.js'

/** What happened in a message box. `pts` is the box's counter after it, `date` unix seconds. */
export type BoxEvent =
  | { readonly kind: 'new' | 'edit', readonly message: Message, readonly id: number, readonly pts: number, readonly ptsCount: number, readonly date: number }
  | { readonly kind: 'delete', readonly ids: readonly number[], readonly pts: number, readonly ptsCount: number, readonly date: number }

/** Somebody joined, left, rose or fell in a chat, as one account is told. */
export interface MembershipEvent {
  readonly kind: 'membership'
  readonly chat: Group | Channel
  readonly actor: Account
  readonly member: Account
  readonly before: Member | null
  readonly after: Member | null
  readonly qts: number
  readonly date: number
}

/** What an account is told outside its message box: with `qts`, with `seq`, or for the moment only. */
export type AccountEvent =
  | MembershipEvent
  | { readonly kind: 'stopped', readonly user: Account, readonly stopped: boolean, readonly qts: number, readonly date: number }
  | { readonly kind: 'chat', readonly chat: Group | Channel, readonly seq: number, readonly date: number }
  | { readonly kind: 'callback', readonly query: CallbackQuery, readonly date: number }

/** A pressed button that waits for the bot's answer. */
export interface CallbackQuery {
  readonly id: bigint
  readonly user: Account
  readonly bot: Account
  readonly message: Message
  readonly data: Buffer
  answer: { readonly text: string | null, readonly alert: boolean, readonly url: string | null } | null
}

/** An event on its way to one account. `box` is where it happened, `null` outside boxes. */
export type Delivery =
  | { readonly account: Account, readonly box: Box, readonly event: BoxEvent }
  | { readonly account: Account, readonly box: null, readonly event: AccountEvent }
