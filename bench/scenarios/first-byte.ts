import { median, percentile } from '../measure/statistics.js'
import { createRandom } from '../measure/random.js'
import { type Goal, repeat, type Scenario } from '../scenario.js'
import { withStage } from '../stage/stage.js'

const goals = {
  openMedian: { what: 'open: median, round trips of 100 ms', bound: 'most', value: 1.15, unit: '' },
  openWorst: { what: 'open: p99, round trips', bound: 'most', value: 1.6, unit: '' },
  seekMedian: { what: 'seek: median, round trips', bound: 'most', value: 1.15, unit: '' },
  seekWorst: { what: 'seek: p99, round trips', bound: 'most', value: 1.6, unit: '' }
} satisfies Record<string, Goal>

const roundTripMs = 100
const MiB = 2 ** 20

/** How soon the first byte comes on a warm server, at the start of a file and after a seek. */
export const firstByte: Scenario = {
  name: 'first-byte',
  title: 'time to the first byte on a warm server at 100 ms round trip',
  goals: Object.values(goals),
  quickSeconds: 7,
  run: async ({ ground, quick }, found, signal) => await withStage(ground, { bots: 3 }, async stage => {
    const server = await stage.openServer()
    const file = await stage.addFile({ name: 'first-byte.bin', size: 1024 * MiB })
    const url = server.base + file.path
    const random = createRandom(1)
    const firstByteAt = async (start: number | null): Promise<number> => {
      const visit = await stage.visit({ url, ...start !== null && { range: { start } }, leaveAfter: 64 * 1024, maxMs: 10_000 })
      return visit.outcome === 'refused' ? Infinity : visit.firstByteMs ?? Infinity
    }
    // Each bot must have been chosen before, and have its connections.
    await repeat(16, async () => await firstByteAt(Math.floor(random() * file.size)))
    await stage.sandbox.shape({ match: {}, latencyMs: roundTripMs })

    const count = quick ? 12 : 200
    const opens = await repeat(count, async () => await firstByteAt(null))
    const seeks = await repeat(count, async () => await firstByteAt(Math.floor(random() * (file.size - MiB))))
    for (const [times, middle, worst] of [[opens, goals.openMedian, goals.openWorst], [seeks, goals.seekMedian, goals.seekWorst]] as const) {
      found({ goal: middle, reached: median(times) / roundTripMs })
      found({ goal: worst, reached: percentile(times, 99) / roundTripMs, note: `${count} times` })
    }
  }, signal)
}
