import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { startWorker, type WorkerOptions } from '../../src/backfill/worker.js'
import { endWalk, findWalk, giveBackWalk, queueWalk, takeWalk } from '../../src/catalogue/backfills.js'
import { enterProcess } from '../../src/catalogue/processes.js'
import type { Walk } from '../../src/media.js'
import { until } from '../e2e/fixtures/until.js'
import { createTestDatabase } from '../fixtures/database.js'
import { chat } from '../fixtures/messages.js'
import { botId } from '../fixtures/sightings.js'
import { quietLog } from '../telegram/fixtures/fleet.js'

/** Those of the process. */
const bots = [1, 2, 11, 12, 13, 14, 15].map(botId)

const archive = { chatId: chat('-1001234567890'), from: 1, to: 100 }

/** A process with a worker before a database; what it does with a walk, and what differs from the real thing, is the test's. */
async function setScene (t: Test) {
  const { db } = await createTestDatabase(t)
  const id = randomUUID()
  await enterProcess(db, id)
  const work = (options: Partial<WorkerOptions>) => {
    const worker = startWorker({
      presence: { term: async () => ({ id, isSure: () => true, over: new AbortController().signal }) },
      isReady: () => true,
      take: (holder, underway, which) => takeWalk(db, holder, underway, which, bots),
      buryTheDead: async () => {},
      walk: async ({ from, to }) => ({ cursor: (to ?? from) + 1, to: to ?? from, messages: 0, files: 0 }),
      end: (walk, holder, state, reason) => endWalk(db, walk.id, holder, state, reason),
      giveBack: (walk, holder) => giveBackWalk(db, walk.id, holder),
      show: async () => {},
      log: quietLog as never,
      pollMs: 5,
      ...options
    })
    t.teardown(worker.stop)
  }
  const isDone = (walk: Walk) => async () => (await findWalk(db, walk.id))?.state === 'done'
  return { db, id, work, isDone }
}

/** Does it, but the first time nobody hears of that. */
function losingOneAnswer<P extends unknown[], R> (act: (...parameters: P) => Promise<R>) {
  let isLost = false
  return async (...parameters: P): Promise<R> => {
    const answer = await act(...parameters)
    if (isLost) return answer
    isLost = true
    throw new Error('the connection broke')
  }
}

t.test('a walk that was lent without an answer that says so is taken up by the process that has it', async t => {
  const { db, work, isDone } = await setScene(t)
  const walk = await queueWalk(db, archive, null, 'cli')
  work({ take: losingOneAnswer((holder, underway, which) => takeWalk(db, holder, underway, which, bots)) })
  await until('its end', isDone(walk))
})

t.test('a walk whose end cannot be noted, and that cannot be given back either, is taken up again', async t => {
  const { db, work, isDone } = await setScene(t)
  const walk = await queueWalk(db, archive, null, 'cli')
  const failing = { end: true, giveBack: true }
  work({
    end: async (walk, holder, state, reason) => {
      if (!failing.end) return await endWalk(db, walk.id, holder, state, reason)
      failing.end = false
      throw new Error('no database')
    },
    giveBack: async () => {
      failing.giveBack = false
      throw new Error('no database')
    }
  })
  await until('its end', isDone(walk))
  t.same(failing, { end: false, giveBack: false })
})

t.test('a walk is taken once by each process, and not from another one', async t => {
  const { db, id } = await setScene(t)
  const walk = await queueWalk(db, archive, null, 'cli')
  const taken = await takeWalk(db, id, [], 'any', bots)
  t.match(taken, { id: walk.id, state: 'running' })
  t.equal(await takeWalk(db, id, [walk], 'any', bots), null)
  const other = randomUUID()
  await enterProcess(db, other)
  t.equal(await takeWalk(db, other, [], 'any', bots), null)
})

t.test('walks of bots that are away hold up no others, and each bot has one at a time', async t => {
  const { db, work, isDone } = await setScene(t)
  const [absent, present] = [botId(1), botId(2)]
  for (let bot = 11; bot < 16; bot++) await queueWalk(db, archive, botId(bot), 'late')
  for (let from = 1; from < 6; from++) await queueWalk(db, { ...archive, from }, absent, 'gap')
  const [own, whole] = [await queueWalk(db, archive, present, 'gap'), await queueWalk(db, archive, null, 'cli')]
  const waiting: Array<Walk['botId']> = []
  work({
    walk: async (walk, _holder, _onProgress, signal) => {
      if (walk.botId === null || walk.botId === present) return { cursor: 101, to: 100, messages: 0, files: 0 }
      waiting.push(walk.botId)
      return await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(signal.reason) }) })
    }
  })
  await until('the end of the others', async () => await isDone(own)() && await isDone(whole)())
  t.equal(waiting.filter(id => id === absent).length, 1)
  t.equal(new Set(waiting).size, waiting.length)
})

t.test('of the walks of all bots four are under way at once, and a single bot\'s beside them', async t => {
  const { db, work } = await setScene(t)
  for (let from = 1; from < 9; from++) await queueWalk(db, { ...archive, from }, null, 'cli')
  const own = await queueWalk(db, archive, botId(1), 'gap')
  const begun: Walk[] = []
  work({
    walk: async (walk, _holder, _onProgress, signal) => {
      begun.push(walk)
      return await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(signal.reason) }) })
    }
  })
  await until('the single one', () => begun.some(({ id }) => id === own.id))
  t.equal(begun.filter(({ botId }) => botId === null).length, 4)
})
