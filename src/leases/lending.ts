import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.js'
import type { BotId } from '../media.js'
import { createUndertaker } from './undertaker.js'
import type { Presence } from './presence.js'
import type { Term } from './term.js'
import type { LeaseTiming } from './timing.js'

/** What is stored of sessions; `S` names one that this process holds. */
export interface SessionStore<S> {
  /** Leases a free session; `null`: all are held. */
  take (botId: BotId, holder: string): Promise<Taken<S> | null>
  /** Makes another one; `null`: somebody did so at the same moment. */
  make (botId: BotId, holder: string): Promise<Taken<S> | null>
  /** The processes that hold the bot's sessions. */
  holders (botId: BotId): Promise<string[]>
  /** Their last signs of life; `isOver`: the database has served everybody for longer than it takes to be dead without another one. */
  beats (processes: readonly string[]): Promise<Map<string, { readonly number: string, readonly isOver: boolean }>>
  /** Takes a process for dead if that still is the number of its last sign of life. */
  bury (process: string, beat: string): Promise<boolean>
  /** False where the session is held no longer. */
  save (session: S, data: Uint8Array): Promise<boolean>
  remove (session: S): Promise<void>
  giveBack (session: S): Promise<void>
}

/** A session just leased. */
export interface Taken<S> {
  readonly session: S
  readonly data: Uint8Array | null
}

/** A session of a bot, lent to this process alone. */
export interface Loan {
  /** As it was stored; `null`: nothing yet. */
  readonly data: Uint8Array | null
  /** Rejects where it is lent no longer, too. */
  save (data: Uint8Array): Promise<void>
  remove (): Promise<void>
  /** Whether nobody else can be using it at this moment. */
  isSure (): boolean
  /** Aborts when it is lent no longer. */
  readonly over: AbortSignal
  /** To be called when nothing uses it any more. Never rejects. */
  giveBack (): Promise<void>
}

/** Lends the sessions of bots to this process. */
export interface Lending {
  /**
   * A session of the bot: a free one; else the first that is given back or whose holder dies; after `patienceMs` a new one.
   * `onWait` is told why it waits. Rejects when the store fails, or with the reason of `signal`.
   */
  borrow (botId: BotId, onWait: (reason: string) => void, signal: AbortSignal): Promise<Loan>
}

const waiting = 'another process uses its session: waiting for that, or else for a session of its own'

export function createLending<S> ({ presence, store, timing, log }: { presence: Pick<Presence, 'term'>, store: SessionStore<S>, timing: LeaseTiming, log: Log }): Lending {
  async function borrow (botId: BotId, onWait: (reason: string) => void, signal: AbortSignal): Promise<Loan> {
    const startedAt = performance.now()
    const buryTheDead = createUndertaker({ ...store, deadMs: timing.deadMs, log })
    for (;;) {
      const term = await presence.term(signal)
      const taken = await store.take(botId, term.id) ?? (performance.now() - startedAt < timing.patienceMs ? null : await makeSpare(botId, term))
      if (taken !== null) return loanOf(taken, term)
      onWait(waiting)
      const freed = await buryTheDead(await store.holders(botId))
      if (!freed) await sleep(timing.pollMs, undefined, { signal })
    }
  }

  async function makeSpare (botId: BotId, { id }: Term): Promise<Taken<S> | null> {
    const made = await store.make(botId, id)
    if (made !== null) log.info({ botId }, 'all sessions of a bot are in use by other processes: it logs in on another one')
    return made
  }

  function loanOf ({ session, data }: Taken<S>, term: Term): Loan {
    return {
      data,
      over: term.over,
      isSure: term.isSure,
      save: async bytes => {
        if (!await store.save(session, bytes)) throw new Error('another process has the session now')
      },
      remove: () => store.remove(session),
      giveBack: () => store.giveBack(session).catch(err => log.warn({ err }, 'a session could not be given back: it is free when this process has ended'))
    }
  }

  return { borrow }
}
