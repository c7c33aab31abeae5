import { SourceResting } from '../errors.js'

/** Where a bot must wait, and until when. */
export interface Rests {
  /** Telegram asked to wait at this data centre. A longer rest is not shortened. */
  begin (dcId: number, seconds: number): void
  /** Throws SourceResting while the bot rests at this data centre. */
  check (dcId: number): void
  /** The longest rest in force, or null. */
  current (): { readonly dcId: number, readonly until: Date } | null
}

/** `now` in ms, by a clock that nobody sets; `wall` in ms since 1970, for people. */
export function createRests (now: () => number = () => performance.now(), wall: () => number = Date.now): Rests {
  const untilByDc = new Map<number, number>()

  return {
    begin: (dcId, seconds) => { untilByDc.set(dcId, Math.max(untilByDc.get(dcId) ?? 0, now() + seconds * 1_000)) },
    check: dcId => {
      const ms = (untilByDc.get(dcId) ?? 0) - now()
      if (ms > 0) throw new SourceResting(Math.ceil(ms / 1_000))
    },
    current: () => {
      const [longest] = [...untilByDc].filter(([, until]) => until > now()).sort((a, b) => b[1] - a[1])
      return longest === undefined ? null : { dcId: longest[0], until: new Date(wall() + longest[1] - now()) }
    }
  }
}
