import { randomUUID } from 'node:crypto'
import t from 'tap'
import { cancelWalks, findWalk, moveWalk, queueWalk, takeWalk } from '../../src/catalogue/backfills.js'
import { enterProcess } from '../../src/catalogue/processes.js'
import { createTestDatabase } from '../fixtures/database.js'
import { botId } from '../fixtures/sightings.js'
import { chat } from '../fixtures/messages.js'

const chatId = chat('-1001234567890')

t.test('the same walk asked for again is the one that is under way, another one is not', async t => {
  const { db } = await createTestDatabase(t)
  const holder = randomUUID()
  await enterProcess(db, holder)
  const ask = async (from: number, to: number | null, bot: ReturnType<typeof botId> | null = null) => (await queueWalk(db, { chatId, from, to }, bot, 'cli')).id
  /** Takes the oldest walk and learns how far the chat goes. */
  const begin = async (newest: number) => {
    const walk = await takeWalk(db, holder, [], 'any', [])
    await moveWalk(db, walk?.id ?? '', holder, { cursor: 2, to: newest, messages: 1, files: 0 })
    return walk?.id
  }
  const part = await ask(1, 100)
  t.equal(await ask(1, 100), part)
  t.equal(await begin(100), part)
  t.equal(await ask(1, 100), part)

  const whole = await ask(1, null)
  t.not(whole, part, 'what is asked for goes beyond the walk that has begun')
  t.equal(await ask(1, null), whole)
  for (const [from, to, bot] of [[2, null, null], [1, 99, null], [1, null, botId(1)]] as const) t.notOk([part, whole].includes(await ask(from, to, bot)))
})

t.test('a walk to the newest message stays one when it has begun and its last message is known', async t => {
  const { db } = await createTestDatabase(t)
  const holder = randomUUID()
  await enterProcess(db, holder)
  const whole = await queueWalk(db, { chatId, from: 1, to: null }, null, 'cli')
  await takeWalk(db, holder, [], 'any', [])
  await moveWalk(db, whole.id, holder, { cursor: 101, to: 500, messages: 100, files: 0 })
  t.match(await queueWalk(db, { chatId, from: 1, to: null }, null, 'cli'), { id: whole.id, to: 500 })
})

t.test('a walk of one bot waits for a process that has this bot', async t => {
  const { db } = await createTestDatabase(t)
  const holder = randomUUID()
  await enterProcess(db, holder)
  const { id } = await queueWalk(db, { chatId, from: 1, to: 100 }, botId(2), 'gap')
  t.equal(await takeWalk(db, holder, [], 'any', [botId(1)]), null)
  t.equal(await takeWalk(db, holder, [], 'any', []), null)
  t.match(await takeWalk(db, holder, [], 'single', [botId(1), botId(2)]), { id })
  const all = await queueWalk(db, { chatId, from: 1, to: 100 }, null, 'cli')
  t.match(await takeWalk(db, holder, [], 'any', [botId(1)]), { id: all.id })
})

t.test('of the walks that are cancelled the one of all bots comes first, however often it was written, and one for updates that are missing goes on', async t => {
  const { db } = await createTestDatabase(t)
  const holder = randomUUID()
  await enterProcess(db, holder)
  const gap = await queueWalk(db, { chatId, from: 1, to: 50 }, botId(2), 'gap')
  const all = await queueWalk(db, { chatId, from: 1, to: 500 }, null, 'cli')
  const late = await queueWalk(db, { chatId, from: 101, to: 500 }, botId(2), 'late')
  await takeWalk(db, holder, [gap], 'any', [])
  await moveWalk(db, all.id, holder, { cursor: 301, to: 500, messages: 300, files: 0 })
  t.match(await cancelWalks(db, chatId), [{ id: all.id, cursor: 301 }, { id: late.id }])
  t.same(await cancelWalks(db, chatId), [])
  t.match(await findWalk(db, gap.id), { state: 'queued' })
})
