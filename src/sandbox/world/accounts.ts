import type { Box } from './boxes.js'
import type { AccountEvent } from './events.js'

/** What a bot has and a user has not. */
export interface BotSide {
  token: string
  /** Group messages that are not for this bot are kept from it. */
  privacy: boolean
  deactivated: boolean
  readonly formerTokens: Set<string>
  /** When it logged in lately, in ms since 1970. */
  logins: number[]
}

/** Somebody who can log in. `id` is decimal text. */
export interface Account {
  readonly kind: 'account'
  readonly id: string
  readonly firstName: string
  readonly username: string | null
  homeDc: number
  /** Messages of private chats and basic groups. */
  readonly box: Box
  /** Events outside the message box, in order. */
  readonly others: AccountEvent[]
  qts: number
  seq: number
  /** Keys of the peers that this account has been shown. */
  readonly known: Set<string>
  /** Ids of the accounts that may not write to this one. */
  readonly blocked: Set<string>
  /** The `random_id`s of what it sent: each is taken once. */
  readonly randomIds: Set<bigint>
  readonly bot: BotSide | null
}
