import { setTimeout as sleep } from 'node:timers/promises'
import { watchPeak } from '../measure/peak.js'
import { watchPace } from '../measure/sustained.js'
import { repeated } from '../repeated.js'
import type { Goal, Scenario } from '../scenario.js'
import { poll } from '../stage/poll.js'
import { type Stage, withStage } from '../stage/stage.js'

const memoryMB = 96

const goals = {
  growth: { what: 'growth of memory (RSS) by 300 who stop reading', bound: 'most', value: memoryMB + 64, unit: 'MB', everyRun: true },
  others: { what: 'the slowest of the other viewers, of its rate', bound: 'least', value: 0.98, unit: '×' }
} satisfies Record<string, Goal>

const stalledViewers = 300
const stallAfter = 100_000
const others = 10
const bytesPerSecond = 500_000

/** Viewers who stop reading hold memory, but no more than the budget, and hinder nobody. */
export const stalled: Scenario = repeated({
  name: 'stalled',
  title: '300 viewers that stop reading after 100 KB',
  goals: Object.values(goals),
  quickSeconds: 9,
  run: async ({ ground, quick }, found, signal) => await withStage(ground, { bots: 3 }, async stage => {
    const server = await stage.openServer({ env: { STREAM_MEMORY_MB: String(memoryMB) } })
    const file = await stage.addFile({ name: 'stalled.bin', size: 2 ** 31 })
    const url = server.base + file.path
    const visitAt = (index: number) => ({ url, range: { start: index * 5_000_000 }, maxMs: 180_000 })
    const ids = await stage.viewers.start(Array.from({ length: others }, (_, index) => ({ ...visitAt(index), bytesPerSecond })))
    const memory = watchPeak(async () => (await server.usage()).rssBytes, signal)
    await sleep(quick ? 1000 : 10_000, undefined, { signal })
    const before = memory.highest()

    memory.reset()
    const stallers = Array.from({ length: stalledViewers }, (_, index) => ({ ...visitAt(index + others), stallAfter }))
    const stalledIds = await stage.viewers.start(stallers, quick ? 1000 : 3000)
    const shares = await watchPace(stage, ids, bytesPerSecond, quick ? 2500 : 30_000, signal)
    memory.stop()
    const fed = await countFed(stage, stalledIds, signal)
    found({ goal: goals.growth, reached: (memory.highest() - before) / 1e6, note: `from ${Math.round(before / 1e6)} MB; ${fed} of ${stalledViewers} got their 100 KB` })
    found({ goal: goals.others, reached: Math.min(...shares) })
    await stage.viewers.leave([...ids, ...stalledIds])
  }, signal)
})

/** How many got as far as they wanted; those who did not get some more seconds. */
async function countFed (stage: Stage, ids: readonly number[], signal: AbortSignal): Promise<number> {
  const count = async () => (await stage.viewers.look(ids)).filter(({ bytes }) => bytes >= stallAfter).length
  const all = async () => (await count()) === ids.length
  return await poll(all, { what: 'everybody got 100 KB', timeoutMs: 2000 }, signal).then(() => ids.length, async () => {
    signal.throwIfAborted()
    return await count()
  })
}
