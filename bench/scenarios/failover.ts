import type { Statistics } from '../../src/sandbox/network/types.js'
import { explainVisit } from '../measure/transfer.js'
import { repeated } from '../repeated.js'
import type { Finding, Goal, Scenario } from '../scenario.js'
import { poll } from '../stage/poll.js'
import type { BotFacts } from '../stage/sandbox-process.js'
import type { ServerProcess } from '../stage/server.js'
import { type Stage, withStage } from '../stage/stage.js'
import type { VisitState } from '../viewer/visit.js'

/** What happens to the bot that serves most. `bots`: which three have the file; only harmless mishaps share theirs. */
interface Mishap {
  readonly what: string
  readonly bots: readonly [from: number, to: number]
  readonly pause: Goal
  strike (stage: Stage, botId: string): Promise<unknown>
}

const pause = (what: string, value: number): Goal => ({ what: `${what}: longest pause`, bound: 'most', value, unit: 's', everyRun: true })

const mishaps: readonly Mishap[] = [
  {
    what: 'cut',
    bots: [0, 3],
    pause: pause('the bot is cut off mid-frame', 1),
    strike: async ({ sandbox }, accountId) => await sandbox.fault({ match: { accountId, method: 'upload.GetFile', event: 'answer' }, action: { kind: 'cut' }, times: 1 })
  },
  {
    what: 'flood',
    bots: [0, 3],
    pause: pause('the bot is flooded', 1),
    strike: async ({ sandbox }, accountId) => await sandbox.fault({ match: { accountId, method: 'upload.GetFile' }, action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_30' } })
  },
  {
    what: 'silence',
    bots: [3, 6],
    pause: pause('the bot goes silent', 3),
    strike: async ({ sandbox }, accountId) => await sandbox.freeze({ accountId })
  },
  {
    what: 'death',
    bots: [6, 9],
    pause: pause('the bot dies', 1),
    strike: async ({ sandbox }, accountId) => {
      await sandbox.deactivate(accountId)
      await sandbox.disconnect({ accountId })
    }
  }
]

const exact: Goal = { what: 'downloads whole and byte-exact, of 4', bound: 'least', value: mishaps.length, unit: '', everyRun: true }

const bytesPerSecond = 8_000_000

/** The serving bot fails in the middle of a response. */
export const failover: Scenario = repeated({
  name: 'failover',
  title: 'one viewer, 3 bots of 8 MB/s each, the serving one fails',
  goals: [...mishaps.map(({ pause }) => pause), exact],
  quickSeconds: 14,
  run: async ({ ground, quick }, found, signal) => await withStage(ground, { bots: 9 }, async stage => {
    const server = await stage.openServer()
    await stage.sandbox.shape({ match: {}, bytesPerSecond, sharedBy: 'account' })
    const visits: VisitState[] = []
    for (const mishap of mishaps) {
      const visit = await suffer(stage, server, mishap, quick ? 2 : 20, signal)
      visits.push(visit)
      found(findPause(mishap.pause, visit))
    }
    const wrong = visits.find(visit => !isExact(visit))
    const note = wrong?.wrongAt === null ? explainVisit(wrong) : `byte ${wrong?.wrongAt} is wrong`
    found({ goal: exact, reached: visits.filter(isExact).length, ...wrong !== undefined && { note } })
  }, signal)
})

/** A download of `seconds` at one bot's speed, in which a bot has its mishap after an eighth. */
async function suffer (stage: Stage, server: ServerProcess, { what, bots, strike }: Mishap, seconds: number, signal: AbortSignal): Promise<VisitState> {
  const holders = stage.bots.slice(...bots)
  const file = await stage.addFile({ name: `${what}.bin`, size: bytesPerSecond * seconds }, holders)
  const before = await stage.sandbox.stats()
  const ids = await stage.viewers.start([{ url: server.base + file.path, check: file, maxMs: seconds * 3000 }])
  const underWay = async () => (await stage.viewers.look(ids)).some(({ bytes, outcome }) => bytes > file.size / 8 || outcome !== 'running')
  await poll(underWay, { what: 'the download is under way' }, signal)
  await strike(stage, busiest(holders, before, await stage.sandbox.stats()))
  const [visit] = await stage.viewers.finish(ids)
  if (visit === undefined) throw new Error('the viewers lost a visit')
  return visit
}

/** A download that did not come to its end has no longest pause. */
function findPause (goal: Goal, visit: VisitState): Finding {
  return visit.outcome === 'complete' ? { goal, reached: visit.longestPauseMs / 1000 } : { goal, reached: null, note: explainVisit(visit) }
}

/** The bot that has sent most since `before`. */
function busiest (bots: readonly BotFacts[], before: Statistics, after: Statistics): string {
  const sent = ({ id }: BotFacts) => (after.accounts[id]?.fileBytes ?? 0) - (before.accounts[id]?.fileBytes ?? 0)
  const most = [...bots].sort((a, b) => sent(b) - sent(a))[0]
  if (most === undefined) throw new Error('nobody has the file')
  return most.id
}

function isExact ({ outcome, wrongAt }: VisitState): boolean {
  return outcome === 'complete' && wrongAt === null
}
