/** How many bytes a viewer may still read at present. */
export interface Pace {
  /** Time goes on; `now` in ms. */
  tick (now: number): void
  read (bytes: number): void
  mayRead (): boolean
}

/** A player's buffer: whoever could not read for a while may catch up with this much. */
const bufferSeconds = 2

/** Reading at `bytesPerSecond`; whoever has read too much waits until time has made up for it. */
export function createPace (bytesPerSecond: number, begun: number): Pace {
  const most = bytesPerSecond * bufferSeconds
  let allowance = 0
  let tickedAt = begun
  return {
    tick: now => {
      allowance = Math.min(most, allowance + (now - tickedAt) * bytesPerSecond / 1000)
      tickedAt = now
    },
    read: bytes => { allowance -= bytes },
    mayRead: () => allowance > 0
  }
}

/** No limit. */
export const unpaced: Pace = { tick: () => {}, read: () => {}, mayRead: () => true }
