import { raisedCeilings } from '../ceilings.js'
import { median } from '../measure/statistics.js'
import { speedOf } from '../measure/transfer.js'
import { type Goal, repeat, type Scenario } from '../scenario.js'
import { withStage } from '../stage/stage.js'

const goals = [50, 100, 200].map((ms, index) => ({
  ms, goal: { what: `throughput at ${ms} ms round trip, of that at none`, bound: 'least', value: [0.95, 0.85, 0.6][index] ?? 1, unit: '×' } satisfies Goal
}))

/** Throughput of one viewer over long round trips, relative to none. */
export const latency: Scenario = {
  name: 'latency',
  title: 'one viewer over long round trips, ceilings raised',
  goals: goals.map(({ goal }) => goal),
  quickSeconds: 9,
  run: async ({ ground, quick, runs }, found, signal) => await withStage(ground, { bots: 1 }, async stage => {
    const server = await stage.openServer({ env: raisedCeilings })
    const file = await stage.addFile({ name: 'latency.bin', size: 2 ** 30 })
    const maxMs = quick ? 1300 : 60_000
    const url = server.base + file.path
    await stage.visit({ url, range: { start: 0, end: 2 ** 24 }, maxMs })

    const speedAt = async (latencyMs: number): Promise<number> => {
      const shape = await stage.sandbox.shape({ match: {}, latencyMs })
      const visit = await stage.visit({ url, maxMs })
      await stage.sandbox.lift(shape)
      return speedOf(visit)
    }
    const measured = await repeat(runs, async () => ({
      none: await speedAt(0),
      slow: await repeat(goals.length, async index => await speedAt(goals[index]?.ms ?? 0))
    }))
    for (const [index, { goal }] of goals.entries()) {
      const values = measured.map(({ none, slow }) => (slow[index] ?? 0) / none)
      const speed = median(measured.map(({ slow }) => slow[index] ?? 0))
      const none = median(measured.map(one => one.none))
      found({ goal, reached: median(values), values, note: `${Math.round(speed / 1e6)} of ${Math.round(none / 1e6)} MB/s` })
    }
  }, signal)
}
