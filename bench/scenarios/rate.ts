import { explainVisit, speedOf } from '../measure/transfer.js'
import { repeated } from '../repeated.js'
import type { Goal, Scenario } from '../scenario.js'
import { withStage } from '../stage/stage.js'

const perSecond = 20
const waitSeconds = 3

const goals = {
  used: { what: `requests answered, of the ${perSecond} a second that are allowed`, bound: 'least', value: 0.9, unit: '×' },
  floods: { what: 'floods, of all requests', bound: 'most', value: 0.02, unit: '' }
} satisfies Record<string, Goal>

/** A bot that asks too often is flooded for some seconds: the server must find out how much it may ask. */
export const rate: Scenario = repeated({
  name: 'rate',
  title: `Telegram floods a bot that exceeds ${perSecond} requests a second`,
  goals: Object.values(goals),
  quickSeconds: 8,
  run: async ({ ground, quick }, found, signal) => await withStage(ground, { bots: 1 }, async stage => {
    const server = await stage.openServer()
    const seconds = quick ? 4 : 90
    const file = await stage.addFile({ name: 'rate.bin', size: perSecond * 2 ** 20 * seconds })
    await stage.sandbox.limitRate({ perSecond, waitSeconds })
    const visit = await stage.visit({ url: server.base + file.path, maxMs: seconds * 1250 })
    const { accounts } = await stage.sandbox.stats()
    const { calls = 0, errors = 0 } = accounts[stage.bots[0]?.id ?? '']?.methods['upload.GetFile'] ?? {}
    const took = visit.lastByteMs / 1000
    const note = `${Math.round(speedOf(visit) / 1e6)} MB/s${visit.outcome === 'cut' ? `; ${explainVisit(visit)}` : ''}`
    // The bucket is full at the start: one second's worth comes on top.
    found({ goal: goals.used, reached: (calls - errors) / (perSecond * (took + 1)), note })
    found({ goal: goals.floods, reached: errors / calls, note: `${errors} of ${calls}` })
  }, signal)
})
