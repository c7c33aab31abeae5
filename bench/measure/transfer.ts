import type { Stage } from '../stage/stage.js'
import type { VisitSpec, VisitState } from '../viewer/visit.js'
import type { Usage } from './usage.js'

/** What one download cost and how fast it was. */
export interface Transfer {
  readonly cpuSecondsPerGiB: number
  readonly bytesPerSecond: number
}

/** One visit, while the CPU time of who serves it is watched. Throws where it was not complete. */
export async function measureTransfer (stage: Stage, spec: VisitSpec, usage: () => Promise<Usage>): Promise<Transfer> {
  const before = await usage()
  const visit = await stage.visit(spec)
  const after = await usage()
  if (visit.outcome !== 'complete') throw new Error(`a download was not complete: ${explainVisit(visit)}`)
  return { cpuSecondsPerGiB: (after.cpuSeconds - before.cpuSeconds) / (visit.bytes / 2 ** 30), bytesPerSecond: speedOf(visit) }
}

/** Bytes per second from the request to the last byte that came; 0 for an error. */
export function speedOf ({ bytes, lastByteMs, outcome }: VisitState): number {
  return lastByteMs === 0 || outcome === 'refused' ? 0 : bytes / lastByteMs * 1000
}

/** A visit in one line. */
export function explainVisit ({ status, outcome, bytes, reason }: VisitState): string {
  return `status ${status ?? 'none'}, ${outcome} after ${bytes} bytes${reason === null ? '' : ` (${reason})`}`
}
