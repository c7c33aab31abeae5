import type { Timing } from './timing.js'

/** What a watchdog looks at and does. `lastByteAt` changes whenever bytes arrive; `isBusy` tells that an answer is due. */
export interface Watched {
  lastByteAt (): number
  isBusy (): boolean
  probe (): void
  silent (): void
}

/**
 * Watches a connection: asks for a sign of life (`probe`) when it is quiet, and calls `silent` when none comes.
 * Time is counted in ticks and not read from the clock, so that a process that was blocked or asleep does not take its
 * own pause for Telegram's silence. Returns the function that ends it; it keeps no process alive.
 */
export function watch (watched: Watched, { probeMs, silenceMs, idlePingMs }: Timing): () => void {
  const tickMs = Math.min(1_000, probeMs / 2, silenceMs / 4)
  const look = createJudge({ probeMs, silenceMs, idlePingMs })
  const timer = setInterval(() => {
    const verdict = look(watched.lastByteAt(), watched.isBusy(), tickMs)
    if (verdict === 'probe') watched.probe()
    if (verdict === 'silent') watched.silent()
  }, tickMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** Decides, tick by tick, whether to wait on, to probe or to give up. Pure but for its own count. */
export function createJudge ({ probeMs, silenceMs, idlePingMs }: Pick<Timing, 'probeMs' | 'silenceMs' | 'idlePingMs'>) {
  let lastByteAt: number | null = null
  let waitedMs = 0
  let quietMs = 0
  let probed = false

  return function look (byteAt: number, isBusy: boolean, tickMs: number): 'wait' | 'probe' | 'silent' {
    if (byteAt !== lastByteAt) {
      lastByteAt = byteAt
      waitedMs = 0
      quietMs = 0
      probed = false
      return 'wait'
    }
    quietMs += tickMs
    waitedMs = isBusy || probed ? waitedMs + tickMs : 0
    if (waitedMs >= silenceMs) return 'silent'
    if (probed || (waitedMs < probeMs && quietMs < idlePingMs)) return 'wait'
    probed = true
    return 'probe'
  }
}
