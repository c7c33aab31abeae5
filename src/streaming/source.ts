/** One bot's way to one file. */
export interface Source {
  /** For logs: never a token. */
  readonly name: string
  /**
   * The `limit` bytes at `offset`, fewer only at the end of the file. `offset % limit === 0`, `limit` a power of two from
   * 4 KiB to 1 MiB. Rejects soon after `signal` aborts and keeps no listener on it, since one signal serves a whole
   * stream. Throws SourceResting, SourceGone, SourceFailed.
   */
  fetch (offset: number, limit: number, signal: AbortSignal): Promise<Uint8Array>
}
