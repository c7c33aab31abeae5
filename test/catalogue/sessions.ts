import { randomUUID } from 'node:crypto'
import t from 'tap'
import { beatProcess, buryProcess, countProcesses, enterProcess, leaveProcess, readBeats } from '../../src/catalogue/processes.js'
import { findHolders, giveBackSession, makeSession, removeSession, saveSession, takeSession } from '../../src/catalogue/sessions.js'
import { createTestDatabase } from '../fixtures/database.js'
import { botId } from '../fixtures/sightings.js'

const bot = botId(7_000_000_001)
const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)

async function withProcesses (t: Parameters<typeof createTestDatabase>[0], count: number) {
  const { db, query } = await createTestDatabase(t)
  const ids = Array.from({ length: count }, () => randomUUID() as string)
  for (const id of ids) await enterProcess(db, id)
  return { db, query, ids, first: ids[0] ?? '', second: ids[1] ?? '' }
}

t.test('a session comes back as it was given, to one process at a time', async t => {
  const { db, first, second } = await withProcesses(t, 2)
  const taken = await takeSession(db, bot, first)
  t.match(taken, { number: 1, data: null })
  t.equal(await takeSession(db, bot, second), null, 'it is held')
  t.same(await findHolders(db, bot), [first])
  if (taken === null) return
  t.equal(await saveSession(db, taken, bytes), true)
  await giveBackSession(db, taken)
  const again = await takeSession(db, bot, second)
  t.same([...again?.data ?? []], [...bytes])
  t.match(await takeSession(db, botId(2), first), { number: 1, data: null }, 'another bot has its own')
})

t.test('who has lost a session can neither store, nor remove, nor give it back', async t => {
  const { db, first, second } = await withProcesses(t, 2)
  const lost = await takeSession(db, bot, first)
  if (lost === null) return t.fail('taken')
  await saveSession(db, lost, bytes)
  await leaveProcess(db, first)
  t.equal(await saveSession(db, lost, new Uint8Array(9)), false, 'nobody holds it')
  const held = await takeSession(db, bot, second)
  t.equal(await saveSession(db, lost, new Uint8Array(9)), false)
  await removeSession(db, lost)
  await giveBackSession(db, lost)
  t.same(await findHolders(db, bot), [second])
  t.same([...held?.data ?? []], [...bytes])
})

t.test('a process that was taken for dead can lease nothing', async t => {
  const { db, first } = await withProcesses(t, 1)
  await leaveProcess(db, first)
  await t.rejects(takeSession(db, bot, first), { code: '23503' })
  await t.rejects(makeSession(db, bot, first), { code: '23503' })
})

t.test('of many processes that ask at once each gets a session of its own', async t => {
  const { db, ids } = await withProcesses(t, 11)
  const taken = await Promise.all(ids.map(async id => await takeSession(db, bot, id)))
  t.equal(taken.filter(session => session !== null).length, 1, 'there is but one to begin with')
  const made: number[] = []
  for (const id of ids) {
    const session = await makeSession(db, bot, id)
    if (session !== null) made.push(session.number)
  }
  t.same(made, ids.map((_, index) => index + 2))
  for (const id of ids) await leaveProcess(db, id)
  for (const id of ids) await enterProcess(db, id)
  const again = await Promise.all(ids.map(async id => await takeSession(db, bot, id)))
  t.equal(new Set(again.map(session => session?.number)).size, ids.length)
})

t.test('a session that has logged in before is preferred', async t => {
  const { db, first, second } = await withProcesses(t, 2)
  const [empty, full] = [await takeSession(db, bot, first), await makeSession(db, bot, second)]
  if (empty === null || full === null) return t.fail('taken')
  await saveSession(db, full, bytes)
  await giveBackSession(db, empty)
  await giveBackSession(db, full)
  t.match(await takeSession(db, bot, first), { number: 2 })
})

t.test('a process is buried only if it gave no sign of life since, and what it held is free then', async t => {
  const { db, query, first, second } = await withProcesses(t, 2)
  await takeSession(db, bot, first)
  const [seen] = (await readBeats(db, [first])).values()
  t.equal(await beatProcess(db, first), true)
  t.equal(await buryProcess(db, first, seen?.number ?? ''), false)
  const [now] = (await readBeats(db, [first])).values()
  t.equal(await countProcesses(db), 2)
  t.equal(await buryProcess(db, first, now?.number ?? ''), true)
  t.equal(await beatProcess(db, first), false, 'and it hears of it')
  t.match(await takeSession(db, bot, second), { number: 1 })

  await query("UPDATE teleferry_processes SET beat_at = now() - interval '2 days'")
  await enterProcess(db, randomUUID())
  t.equal((await query('SELECT FROM teleferry_processes')).length, 1, 'of whom nothing was heard for long is forgotten')
})
