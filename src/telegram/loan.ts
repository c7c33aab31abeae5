import type { BotId } from '../media.js'

/** A bot's stored session, lent to this process alone. */
export interface Loan {
  /** As `save` stored it; `null` where there is nothing yet. */
  readonly data: Uint8Array | null
  save (data: Uint8Array): Promise<void>
  remove (): Promise<void>
  /**
   * Whether nobody else can be using the session at this moment. While it is not, nothing may be sent over a login:
   * Telegram ends one that it sees on two connections. Connections for files are exempt. core.telegram.org/api/errors
   */
  isSure (): boolean
  /** Aborts when the session belongs to somebody else: no connection may use its keys any more. */
  readonly over: AbortSignal
  /** To be called when the last connection on its keys is closed. Never rejects. */
  giveBack (): Promise<void>
}

/** Waits for a session of the bot; `onWait` is told why. Rejects when the store cannot be read, or with the reason of `signal`. */
export type Borrow = (botId: BotId, onWait: (reason: string) => void, signal: AbortSignal) => Promise<Loan>
