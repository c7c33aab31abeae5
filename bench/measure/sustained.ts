import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../stage/stage.js'

/** Watches paced viewers for `ms`; returns which share of its `bytesPerSecond` each one got. */
export async function watchPace (stage: Stage, ids: readonly number[], bytesPerSecond: number, ms: number, signal: AbortSignal): Promise<number[]> {
  const begun = performance.now()
  const before = await stage.viewers.look(ids)
  await sleep(ms, undefined, { signal })
  const after = await stage.viewers.look(ids)
  const asked = bytesPerSecond * (performance.now() - begun) / 1000
  return after.map(({ bytes }, index) => (bytes - (before[index]?.bytes ?? 0)) / asked)
}
