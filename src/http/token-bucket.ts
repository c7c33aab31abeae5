/** A rate that may be exceeded for a moment. */
export interface TokenBucket {
  /** Takes `bytes` at the time `now` (ms), and tells after how many ms they may be sent. Who comes later waits longer. */
  take (bytes: number, now: number): number
  /** Whether it is full at the time `now`, as a new one is. */
  isFull (now: number): boolean
}

/** A full bucket of `burst` bytes that `perSecond` bytes flow into. */
export function createTokenBucket (perSecond: number, burst: number): TokenBucket {
  let level = burst
  let at = -Infinity
  const levelAt = (now: number) => Math.min(burst, level + Math.max(now - at, 0) / 1000 * perSecond)
  return {
    take: (bytes, now) => {
      level = levelAt(now) - bytes
      at = now
      // Below zero it is owed: those who come at the same time are served one after the other.
      return level >= 0 ? 0 : -level / perSecond * 1000
    },
    isFull: now => levelAt(now) >= burst
  }
}
