/** How many requests a second one lane makes. */
export interface Pace {
  /** When the next request may start, in ms: `now` or earlier where nothing is in its way. */
  opensAt (now: number): number
  began (now: number): void
  answered (now: number): void
  /** Telegram asked to wait: from now on it is asked less often than it just was. */
  flooded (now: number): void
  /** Requests a second; Infinity where none is set. */
  perSecond (now: number): number
}

/** More answers in a second than these are not told apart. */
const remembered = 1000

/** Fewer than this in a second are no reason to be slower: then it was something else that Telegram disliked. */
const leastTelling = 4

/**
 * Unlimited until Telegram floods. Then three quarters of the requests that were answered in the second before, and slowly more again:
 * 0.1 % a second at first, since every flood that this provokes costs seconds of rest; faster the longer it goes well, until the limit is
 * four times what was known to be too much, and is dropped.
 */
export function createPace (): Pace {
  let answers: number[] = []
  let base = Infinity
  let dropAt = Infinity
  let setAt = 0
  let nextAt = -Infinity

  const perSecond = (now: number): number => {
    if (base === Infinity) return Infinity
    const seconds = (now - setAt) / 1000
    const current = base * Math.exp(0.001 * seconds * (1 + seconds / 60))
    return current > dropAt ? Infinity : current
  }

  return {
    perSecond,
    opensAt: now => perSecond(now) === Infinity ? now : nextAt,
    began: now => {
      const gap = 1000 / perSecond(now)
      // A timer that fires late must not cost a turn.
      nextAt = Math.max(nextAt, now - gap) + gap
    },
    answered: now => {
      answers.push(now)
      if (answers.length > 4 * remembered) answers = answers.slice(-remembered)
    },
    flooded: now => {
      const current = perSecond(now)
      answers = within(answers, now)
      const measured = current === Infinity ? answers.length : Math.max(Math.min(current, answers.length), current / 2)
      // The others of one window are flooded with it.
      if (now - setAt < 500 && base !== Infinity) return
      if (current === Infinity && measured < leastTelling) return
      base = Math.max(0.75 * measured, 0.5)
      dropAt = 4 * measured
      setAt = now
    }
  }
}

function within (times: readonly number[], now: number): number[] {
  return times.filter(time => time > now - 1000)
}
