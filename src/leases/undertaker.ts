import type { Log } from '../log.js'
import type { SessionStore } from './lending.js'

export interface UndertakerOptions extends Pick<SessionStore<unknown>, 'beats' | 'bury'> {
  /** Without a sign of life for this long, in ms, a process is dead. */
  readonly deadMs: number
  readonly log: Log
  /** In ms; for tests. */
  readonly now?: () => number
}

/**
 * Returns a function that looks at processes, and takes for dead those whose signs of life are over by the database's own clock, and
 * those that it has seen give none for `deadMs`, by its own watch: no two clocks are compared, and while the database answers nobody,
 * nobody grows older. What was seen before a failure or a long pause proves nothing. Resolves to whether it buried one; rejects as
 * `beats` and `bury` do.
 */
export function createUndertaker ({ beats, bury, deadMs, log, now = () => performance.now() }: UndertakerOptions) {
  const seen = new Map<string, { beat: string, at: number }>()
  let lookedAt = -Infinity

  async function look (processes: readonly string[]): ReturnType<typeof beats> {
    try {
      return await beats(processes)
    } catch (error) {
      seen.clear()
      throw error
    }
  }

  return async function buryTheDead (processes: readonly string[]): Promise<boolean> {
    if (now() - lookedAt > deadMs / 2) seen.clear()
    const latest = await look(processes)
    lookedAt = now()
    let buried = false
    for (const [process, { number, isOver }] of latest) {
      const last = seen.get(process)
      const isStill = last?.beat === number
      if (!isStill) seen.set(process, { beat: number, at: lookedAt })
      if ((isOver || (isStill && lookedAt - last.at >= deadMs)) && await bury(process, number)) {
        log.info({ process }, 'a process gave no sign of life for seconds: its sessions are free')
        buried = true
      }
    }
    return buried
  }
}
