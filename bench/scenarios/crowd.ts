import { setTimeout as sleep } from 'node:timers/promises'
import { watchPeak } from '../measure/peak.js'
import { watchPace } from '../measure/sustained.js'
import { repeated } from '../repeated.js'
import { type Goal, repeat, type Scenario } from '../scenario.js'
import { withStage } from '../stage/stage.js'

const goals = {
  sustained: { what: 'viewers with ≥ 0.98 of 200 KB/s, of 500', bound: 'least', value: 500, unit: '', everyRun: true },
  memory: { what: 'memory of the server (RSS), at most', bound: 'most', value: 350, unit: 'MB', everyRun: true },
  delay: { what: 'event-loop delay, p99', bound: 'most', value: 25, unit: 'ms' }
} satisfies Record<string, Goal>

const viewers = 500
const bytesPerSecond = 200_000
const share = 0.98

/** Many viewers at the pace of a film. */
export const crowd: Scenario = repeated({
  name: 'crowd',
  title: '500 viewers at 200 KB/s each, 5 bots',
  goals: Object.values(goals),
  quickSeconds: 10,
  run: async ({ ground, quick }, found, signal) => await withStage(ground, { bots: 5 }, async stage => {
    const server = await stage.openServer()
    const files = await repeat(10, async index => await stage.addFile({ name: `crowd-${index}.bin`, size: 2 ** 30 }))
    const specs = Array.from({ length: viewers }, (_, index) => ({
      url: server.base + (files[index % files.length]?.path ?? ''), range: { start: index * 1_500_000 }, bytesPerSecond, maxMs: 180_000
    }))
    const memory = watchPeak(async () => (await server.usage()).rssBytes, signal)
    const ids = await stage.viewers.start(specs, quick ? 1000 : 5000)
    // What the kernel takes ahead at the start of a response is a rush of its own.
    await sleep(quick ? 1000 : 10_000, undefined, { signal })
    await server.resetDelay()
    const shares = await watchPace(stage, ids, bytesPerSecond, quick ? 3000 : 30_000, signal)
    const { p99Ms, maxMs } = await server.delay()
    memory.stop()
    const slowest = Math.min(...shares)
    found({ goal: goals.sustained, reached: shares.filter(one => one >= share).length, note: `the slowest had ${slowest.toFixed(2)} of the rate` })
    found({ goal: goals.memory, reached: memory.highest() / 1e6 })
    found({ goal: goals.delay, reached: p99Ms, note: `longest ${Math.round(maxMs)} ms` })
    await stage.viewers.leave(ids)
  }, signal)
})
