import type { BotId, ChatId } from '../../media.js'
import type { Log } from '../log.js'
import type { Timing } from '../timing.js'

/** Something that fails, from the first time until it works. */
export interface Trouble {
  /** It has failed, and will be tried again after `pauseMs`. */
  failed (reason: string, pauseMs: number): void
  end (): void
}

/**
 * Returns the function that begins to watch a piece of work, by `what` the log says when it fails, and in which chat: at level debug, and once as a
 * warning for all of one kind when one lasts for `timing.troubleMs`, or will.
 */
export function createTroubles ({ botId, timing, log }: { readonly botId: BotId, readonly timing: Pick<Timing, 'troubleMs'>, readonly log: Log }) {
  const failing = new Map<string, number>()
  const told = new Set<string>()

  function count (what: string, change: 1 | -1): void {
    failing.set(what, (failing.get(what) ?? 0) + change)
    if (failing.get(what) !== 0) return
    failing.delete(what)
    if (told.delete(what)) log.info({ botId }, `${what}: that is over`)
  }

  return function watch (what: string, chatId?: ChatId): Trouble {
    let since: number | null = null
    return {
      failed: (reason, pauseMs) => {
        if (since === null) count(what, 1)
        since ??= performance.now()
        const isLoud = !told.has(what) && performance.now() + pauseMs - since >= timing.troubleMs
        if (isLoud) told.add(what)
        log[isLoud ? 'warn' : 'debug']({ botId, ...chatId !== undefined && { chatId }, reason }, `${what}; it is tried again`)
      },
      end: () => { if (since !== null) count(what, -1) }
    }
  }
}
