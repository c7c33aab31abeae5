import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.js'
import { moment, type Moment } from './clock.js'
import { type OpenTerm, openTerm, type Term } from './term.js'
import type { LeaseTiming } from './timing.js'

export interface PresenceOptions {
  /** Enters a process as one that lives. */
  enter (id: string): Promise<void>
  /** Gives a sign of life; false where others have taken the process for dead. */
  beat (id: string): Promise<boolean>
  leave (id: string): Promise<void>
  /** Whether this failure means that nobody else can reach the database at this moment either. */
  isDownForAll (error: unknown): boolean
  readonly timing: LeaseTiming
  readonly log: Log
}

/** What this process shows of itself to the others. */
export interface Presence {
  /** The present term, or the next one as soon as there is one. Rejects with the reason of `signal`. */
  term (signal: AbortSignal): Promise<Term>
  /** Ends the signs of life and takes leave. Never rejects. */
  stop (): Promise<void>
}

/**
 * Enters this process among those that serve, and gives signs of life. Rejects where the database cannot be had.
 *
 * States of a term: `sure`, for `sureMs` after each sign of life that was stored; unsure, when the database did not answer
 * since: others may reach it, see no signs and take this process for dead; over, when they did. Where the database answers
 * nobody (it is stopped or starts), nobody can take it for dead either, so the term stays sure.
 */
export async function startPresence (options: PresenceOptions): Promise<Presence> {
  const { timing, log } = options
  const stopping = new AbortController()
  let term: OpenTerm | null = await enter(options)
  let wasSure = true
  const living = live()

  async function live (): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(timing.beatMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (!stopping.signal.aborted) await beat(moment())
    }
  }

  async function beat (since: Moment): Promise<void> {
    try {
      term ??= await enter(options)
      if (!await options.beat(term.id)) return lose(term)
      term.confirm(since)
    } catch (error) {
      // Only what is still sure can stay so.
      if (term?.isSure() === true && options.isDownForAll(error)) term.confirm(since)
    }
    report(term?.isSure() ?? false)
  }

  function lose (dead: OpenTerm): void {
    term = null
    log.warn('another process took this one for dead, since it gave no sign of life for seconds: its bots change to other sessions')
    dead.end()
  }

  function report (isSure: boolean): void {
    if (isSure !== wasSure) {
      if (isSure) log.info('the database answers again: the logins of the bots are used again')
      else log.warn('the database gives no answer, so another process may take over the sessions of the bots: their logins rest, streams go on')
    }
    wasSure = isSure
  }

  return {
    term: async signal => {
      for (;;) {
        if (term !== null) return term
        await sleep(timing.pollMs, undefined, { signal })
      }
    },
    stop: async () => {
      stopping.abort()
      await living
      if (term !== null) await options.leave(term.id).catch(err => log.warn({ err }, 'the leases could not be given back: they end by themselves within seconds'))
    }
  }
}

async function enter ({ enter, timing }: PresenceOptions): Promise<OpenTerm> {
  const id = randomUUID()
  const since = moment()
  await enter(id)
  const term = openTerm(id, since, timing.sureMs)
  setMaxListeners(0, term.over)
  return term
}
