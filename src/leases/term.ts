import { type Moment, moment, msBetween } from './clock.js'

/** The time in which this process counts as alive under one name. What it holds, it holds for a term. */
export interface Term {
  /** The name: a UUID. */
  readonly id: string
  /** Whether nobody can have taken this process for dead until now. */
  isSure (): boolean
  /** Aborts when others have taken it for dead. */
  readonly over: AbortSignal
}

/** A term as its keeper sees it. */
export interface OpenTerm extends Term {
  /** A sign of life that was begun at `since` has been seen by everybody, or nobody could look at that moment. */
  confirm (since: Moment): void
  /** Others have taken this process for dead. */
  end (): void
}

/** A term that was entered at `since`. `sureMs` is how long each sign of life holds. `now` is for tests. */
export function openTerm (id: string, since: Moment, sureMs: number, now: () => Moment = moment): OpenTerm {
  const over = new AbortController()
  let confirmed = since
  return {
    id,
    over: over.signal,
    isSure: () => !over.signal.aborted && msBetween(confirmed, now()) < sureMs,
    confirm: since => { confirmed = since },
    end: () => over.abort(new Error('another process took this one for dead'))
  }
}
