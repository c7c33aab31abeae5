/** One bot's way to one file. */
export interface Source {
  /** For logs: never a token. */
  readonly name: string
  /**
   * Names what all requests of one bot to one data centre share: its line, and Telegram's patience with it. It may change
   * when a file moves, so it is read at each use.
   */
  readonly lane: string
  /**
   * The `limit` bytes at `offset`, fewer only at the end of the file. `offset % limit === 0`, `limit` a power of two from
   * 4 KiB to 1 MiB. Calls `onSent` when the request goes out, after any connection it needs is made; again when it must be repeated.
   * Rejects soon after `signal` aborts. The answer is the caller's alone, to do with it what it likes. Throws SourceResting, SourceUnreachable, SourceGone, SourceFailed, BotRefused.
   */
  fetch (offset: number, limit: number, onSent: () => void, signal: AbortSignal): Promise<Uint8Array>
}
