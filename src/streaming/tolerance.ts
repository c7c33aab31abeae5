/** What is known of how many requests Telegram tolerates, learned from when it floods. Times in ms. */
export interface Tolerance {
  answered (now: number): void
  /**
   * Telegram asks to wait. Returns the requests a second that it seems to bear, and whether that is `measured` or a guess; null where
   * too little was asked for that to be the reason.
   */
  flooded (now: number): { readonly perSecond: number, readonly isMeasured: boolean } | null
}

/** Answers up to a moment, counted since the last flood. */
interface Mark {
  readonly at: number
  readonly count: number
}

/** Fewer answers than this before a flood are no reason to be slower at once: it may be something else that Telegram dislikes. */
const leastTelling = 4

/** A flood that followed on so few answers tells something when it comes again within this time. */
const coincidenceMs = 60_000

/** One mark a second; the first and the newest are kept. */
const marks = { everyMs: 1000, kept: 120 }

/**
 * Telegram's limits let through a burst, then a rate: so n answers in s seconds before a flood mean n ≤ burst + rate × s. The first flood
 * after going at full speed comes by the burst and tells its size, but only guesses of the rate; a later one that
 * comes after a while of going slower tells the rate: the highest that any stretch of time before it shows, the burst taken off.
 */
export function createTolerance (): Tolerance {
  let burst: { readonly count: number, readonly seconds: number } | null = null
  let history: Mark[] = []
  let count = 0
  let floodedAt = -Infinity

  function measured (now: number): number {
    const { count: burstCount, seconds: burstSeconds } = burst ?? { count: Infinity, seconds: Infinity }
    return Math.max(0, ...history
      .map(mark => ({ answers: count - mark.count - burstCount, seconds: (now - mark.at) / 1000 - burstSeconds }))
      .filter(({ seconds }) => seconds >= 1)
      .map(({ answers, seconds }) => answers / seconds))
  }

  function guessed (seconds: number): number {
    if (burst === null || seconds < burst.seconds + 1) burst = { count, seconds }
    // As if a second's worth could come at once.
    return count / (1 + seconds)
  }

  return {
    answered: now => {
      if (now - (history.at(-1)?.at ?? -Infinity) >= marks.everyMs) history.push({ at: now, count })
      if (history.length > marks.kept) history.splice(1, 1)
      count++
    },
    flooded: now => {
      const seconds = (now - (history[0]?.at ?? now)) / 1000
      const isCoincidence = count < leastTelling && now - floodedAt > coincidenceMs
      const known = measured(now)
      const result = known > 0 ? { perSecond: known, isMeasured: true } : { perSecond: guessed(seconds), isMeasured: false }
      floodedAt = now
      history = []
      count = 0
      return isCoincidence ? null : result
    }
  }
}
