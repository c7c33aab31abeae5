import { median } from '../measure/statistics.js'
import { explainVisit, speedOf } from '../measure/transfer.js'
import { type Goal, repeat, type Scenario } from '../scenario.js'
import { withStage } from '../stage/stage.js'

const goals = [1, 2, 4, 8].map(bots => ({
  bots, goal: { what: `throughput through ${bots} ${bots === 1 ? 'bot' : 'bots'} of 4 MB/s each, of their sum`, bound: 'least', value: 0.9, unit: '×' } satisfies Goal
}))

const bytesPerSecond = 4_000_000

/** One download over several bots, each of which is the limit. */
export const stripe: Scenario = {
  name: 'stripe',
  title: 'one viewer, each bot capped at 4 MB/s',
  goals: goals.map(({ goal }) => goal),
  quickSeconds: 11,
  run: async ({ ground, quick, runs }, found, signal) => await withStage(ground, { bots: 8 }, async stage => {
    const server = await stage.openServer()
    const seconds = quick ? 1.6 : 15
    await stage.sandbox.shape({ match: {}, bytesPerSecond, sharedBy: 'account' })
    for (const { bots, goal } of goals) {
      const file = await stage.addFile({ name: `stripe-${bots}.bin`, size: bots * bytesPerSecond * seconds }, stage.bots.slice(0, bots))
      // What is too slow is judged by how far it came.
      const visits = await repeat(runs, async () => await stage.visit({ url: server.base + file.path, maxMs: seconds * (quick ? 1000 : 3000) }))
      const values = visits.map(visit => speedOf(visit) / (bots * bytesPerSecond))
      const note = visits.filter(({ outcome }) => outcome === 'cut').map(explainVisit)[0]
      found({ goal, reached: median(values), values, ...note !== undefined && { note } })
    }
  }, signal)
}
