import { FileGone, FileUnavailable, SourceFailed } from '../errors.js'
import type { MediaId } from '../media.js'
import type { Clock } from './clock.js'
import type { Roster, Standing } from './roster.js'

/** What one chunk may cost before it is given up: requests to each source, and milliseconds of waiting when no source is ready. */
export interface Patience {
  readonly triesPerSource: number
  readonly waitMs: number
}

/** Telegram's short waits are 3 to 7 s at ordinary speeds; players wait some seconds and their buffers more, Heroku's router 30 s. */
export const chunkPatience: Patience = { triesPerSource: 3, waitMs: 7000 }

/** One request: bytes from `offset`, and which `length`s of an answer are right. */
export interface Wanted {
  readonly offset: number
  readonly limit: number
  readonly length: number
}

/** Seconds to wait when no source said how long: bots that are starting or reconnecting need about that. */
const unknownRestSeconds = 10

/**
 * A function that fetches one chunk from the best source, then from the next. A source that fails is tried again after a
 * pause that grows; one that rests, after its rest, if nobody else is left and the wait is within `patience`. An answer of
 * the wrong length is a failure. Throws FileGone when every source is gone, else FileUnavailable; or `signal`'s reason.
 */
export function createFailover (fileId: MediaId, roster: Roster, patience: Patience, clock: Clock) {
  const hadSources = roster.standings().length > 0

  async function attempt (standing: Standing, wanted: Wanted, signal: AbortSignal): Promise<Uint8Array | Error> {
    const { failures } = standing
    try {
      const bytes = await standing.source.fetch(wanted.offset, wanted.limit, signal)
      if (bytes.length !== wanted.length) throw new SourceFailed(`${bytes.length} bytes at ${wanted.offset} instead of ${wanted.length}`)
      roster.worked(standing)
      return bytes
    } catch (error) {
      roster.failed(standing, failures, error, clock.now())
      return error instanceof Error ? error : new SourceFailed(String(error))
    }
  }

  function giveUp (cause: Error | undefined): Error {
    const rests = roster.standings().map(({ readyAt }) => Math.ceil((readyAt - clock.now()) / 1000))
    if (rests.length > 0) return new FileUnavailable(fileId, Math.max(1, Math.min(...rests)), { cause })
    return hadSources ? new FileGone(fileId, { cause }) : new FileUnavailable(fileId, unknownRestSeconds)
  }

  return async function fetchChunk (wanted: Wanted, signal: AbortSignal): Promise<Uint8Array> {
    const tries = new Map<Standing, number>()
    let waitMs = patience.waitMs
    let cause: Error | undefined
    while (true) {
      signal.throwIfAborted()
      const choice = choose(roster.standings(), tries, patience, clock.now())
      if (choice === null || choice.inMs > waitMs) throw giveUp(cause)
      if (choice.inMs > 0) {
        waitMs -= choice.inMs
        await clock.sleep(choice.inMs, signal)
        continue
      }
      tries.set(choice.standing, (tries.get(choice.standing) ?? 0) + 1)
      const outcome = await attempt(choice.standing, wanted, signal)
      if (!(outcome instanceof Error)) return outcome
      cause = outcome
    }
  }
}

/** The first source that is ready, or the one that will be soonest; `null` when each had its tries. */
function choose (standings: readonly Standing[], tries: ReadonlyMap<Standing, number>, { triesPerSource }: Patience, now: number) {
  let soonest: { standing: Standing, inMs: number } | null = null
  for (const standing of standings) {
    if ((tries.get(standing) ?? 0) >= triesPerSource) continue
    const inMs = Math.max(standing.readyAt - now, 0)
    if (soonest === null || inMs < soonest.inMs) soonest = { standing, inMs }
  }
  return soonest
}
