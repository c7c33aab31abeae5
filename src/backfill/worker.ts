import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Presence } from '../leases/presence.js'
import type { Term } from '../leases/term.js'
import type { Log } from '../log.js'
import type { Walk } from '../media.js'
import { NoReader, type Progress, WalkLost } from './walk.js'

export interface WorkerOptions {
  readonly presence: Pick<Presence, 'term'>
  /** Whether there is a bot to walk with. */
  isReady (): boolean
  /**
   * Lends this process a walk that nobody works on, and is not of those that it works on: any, or only one that a single bot has to
   * do by itself and that has none underway; `null`: there is none.
   */
  take (holder: string, underway: readonly Walk[], which: 'any' | 'single'): Promise<Walk | null>
  /** Sees to it that what dead processes had is free. */
  buryTheDead (): Promise<void>
  /** Walks to the end, telling `onProgress` of each step. */
  walk (walk: Walk, holder: string, onProgress: () => void, signal: AbortSignal): Promise<Progress>
  end (walk: Walk, holder: string, state: 'done' | 'failed', reason: string | null): Promise<void>
  giveBack (walk: Walk, holder: string): Promise<void>
  /** Shows whoever asked how a walk stands, also where this process has lost it. May be slow and may fail. */
  show (id: string): Promise<void>
  readonly log: Log
  /** How often it looks for work, in ms. */
  readonly pollMs?: number
  /** How often at most a walk is shown, in ms: Telegram takes 20 messages a minute in a group. */
  readonly showMs?: number
}

/** As many walks of all bots at once. Those of single bots are as many as bots, one each: they may wait for theirs for hours, and must not hold up the others. */
const mostAtOnce = 4

/** Carries out walks that were queued, by whomever, until it is stopped; then gives back what is not done. */
export function startWorker (options: WorkerOptions): { stop (): Promise<void> } {
  const { presence, log, pollMs = 1_000, showMs = 4_000 } = options
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const running = new Map<Walk, Promise<void>>()
  const looking = look()

  async function look (): Promise<void> {
    let isFailing = false
    while (!stopping.signal.aborted) {
      const found = await findWork().then(found => { isFailing = false; return found }, err => {
        // The database's absence is told once.
        if (!isFailing && !stopping.signal.aborted) log.warn({ err }, 'it cannot be seen whether there is something to index')
        isFailing = true
        return false
      })
      if (!found) await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  async function findWork (): Promise<boolean> {
    if (!options.isReady()) return false
    const term = await presence.term(stopping.signal)
    const underway = [...running.keys()]
    const walk = await options.take(term.id, underway, underway.filter(({ botId }) => botId === null).length < mostAtOnce ? 'any' : 'single')
    if (walk === null) {
      await options.buryTheDead()
      return false
    }
    running.set(walk, carryOut(walk, term).finally(() => running.delete(walk)))
    return true
  }

  async function carryOut (walk: Walk, term: Term): Promise<void> {
    const facts = { chatId: walk.chatId, walk: walk.id }
    log.info({ ...facts, from: walk.cursor ?? walk.from, to: walk.to }, 'indexing a chat')
    const board = createBoard(walk, options.show, showMs, log)
    try {
      const progress = await options.walk(walk, term.id, board.note, AbortSignal.any([stopping.signal, term.over]))
      await options.end(walk, term.id, 'done', null)
      log.info({ ...facts, ...progress }, 'a chat is indexed')
      board.finish()
    } catch (error) {
      await fail(walk, term, error, board)
    }
  }

  async function fail (walk: Walk, { id }: Term, error: unknown, board: Board): Promise<void> {
    const facts = { chatId: walk.chatId, walk: walk.id }
    try {
      if (error instanceof WalkLost) {
        log.info({ ...facts, reason: error.message }, 'indexing a chat ends here')
        return board.finish()
      }
      if (error instanceof NoReader) {
        await options.end(walk, id, 'failed', error.message)
        log.warn({ ...facts, reason: error.message }, 'a chat cannot be indexed')
        return board.finish()
      }
      if (!stopping.signal.aborted) {
        log.warn({ ...facts, err: error }, 'indexing a chat was interrupted; it goes on from where it was')
        await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {})
      }
      await options.giveBack(walk, id)
    } catch (err) {
      log.warn({ ...facts, err }, 'a walk could not be given back: it goes on when the database answers')
    }
  }

  return {
    stop: async () => {
      stopping.abort(new Error('Teleferry is stopping'))
      await looking
      await Promise.all(running.values())
    }
  }
}

type Board = ReturnType<typeof createBoard>

/** Shows a walk's progress, but not too often; a failure to show it is none of the walk's. */
function createBoard ({ id }: Walk, show: (id: string) => Promise<void>, showMs: number, log: Log) {
  let shownAt = -Infinity
  let showing: Promise<void> = Promise.resolve()

  function put (): void {
    shownAt = performance.now()
    showing = showing.then(() => show(id)).catch(err => log.debug({ err, walk: id }, 'the progress of a walk could not be shown'))
  }

  return {
    note: () => { if (performance.now() - shownAt >= showMs) put() },
    finish: put
  }
}
