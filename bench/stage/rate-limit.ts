/** How many requests a second are allowed, and for how long who asks more is refused. */
export interface RateLimitSpec {
  readonly perSecond: number
  readonly waitSeconds: number
}

/** One bot's account of requests. */
export interface RateLimit {
  /** Whether a request at `now` (ms) is refused. */
  refuses (now: number): boolean
}

/**
 * A bucket that holds one second's worth of requests and fills at the allowed rate. Whoever finds it empty is refused until
 * `waitSeconds` are over, whatever he asks: as Telegram does with FLOOD_WAIT.
 */
export function createRateLimit ({ perSecond, waitSeconds }: RateLimitSpec): RateLimit {
  let tokens = perSecond
  let filledAt = -Infinity
  let floodedUntil = -Infinity
  return {
    refuses: now => {
      tokens = Math.min(perSecond, tokens + (now - filledAt) * perSecond / 1000)
      filledAt = now
      if (now < floodedUntil) return true
      if (tokens < 1) floodedUntil = now + waitSeconds * 1000
      else tokens--
      return now < floodedUntil
    }
  }
}
