import { createFetched } from '../measure/fetched.js'
import { median } from '../measure/statistics.js'
import { explainVisit, speedOf } from '../measure/transfer.js'
import { type Context, type Finding, type Goal, repeat, type Scenario } from '../scenario.js'
import type { ServerProcess } from '../stage/server.js'
import { type Stage, withStage } from '../stage/stage.js'

const goals = {
  failures: { what: 'the only bot is slow: warnings, cuts, bots not online', bound: 'most', value: 0, unit: '' },
  overfetch: { what: 'the only bot is slow: fetched of delivered', bound: 'most', value: 1.02, unit: '×' },
  others: { what: 'one of three is slow: speed, of what the others give', bound: 'least', value: 0.95, unit: '×' }
} satisfies Record<string, Goal>

const slow = 256 * 1024
const fast = 8_000_000

/** A slow bot is not a dead one, and slows nobody who has others. */
export const slowBot: Scenario = {
  name: 'slow-bot',
  title: 'the only bot delivers 256 KB/s, then one of three does',
  goals: Object.values(goals),
  quickSeconds: 9,
  run: async (context, found, signal) => await withStage(context.ground, { bots: 3 }, async stage => {
    const server = await stage.openServer()
    for (const [index, { id }] of stage.bots.entries()) {
      await stage.sandbox.shape({ match: { accountId: id }, bytesPerSecond: index === 0 ? slow : fast, sharedBy: 'account' })
    }
    await onlyBot(stage, server, context, found, signal)
    await oneOfThree(stage, server, context, found)
  }, signal)
}

async function onlyBot (stage: Stage, server: ServerProcess, { quick }: Context, found: (finding: Finding) => void, signal: AbortSignal): Promise<void> {
  // Longer than any deadline of a single request, when all of a window shares the line.
  const file = await stage.addFile({ name: 'slow.bin', size: slow * (quick ? 3 : 45) }, stage.bots.slice(0, 1))
  const fetched = createFetched(stage, signal)
  let failures = 0
  let note = ''
  const bytes = await fetched.during(async () => {
    const visit = await stage.visit({ url: server.base + file.path, maxMs: quick ? 8000 : 90_000 })
    const offline = (await server.botStates()).filter(state => state !== 'online').length
    failures = (visit.outcome === 'complete' ? 0 : 1) + server.complaints().length + offline
    note = visit.outcome === 'complete' ? server.complaints()[0]?.text ?? '' : explainVisit(visit)
  })
  found({ goal: goals.failures, reached: failures, note })
  found({ goal: goals.overfetch, reached: bytes / file.size })
}

async function oneOfThree (stage: Stage, server: ServerProcess, { quick, runs }: Context, found: (finding: Finding) => void): Promise<void> {
  const seconds = quick ? 2 : 15
  const file = await stage.addFile({ name: 'one-of-three.bin', size: 2 * fast * seconds })
  const visits = await repeat(runs, async () => await stage.visit({ url: server.base + file.path, maxMs: seconds * (quick ? 1500 : 4000) }))
  const values = visits.map(visit => speedOf(visit) / (2 * fast))
  found({ goal: goals.others, reached: median(values), values })
}
