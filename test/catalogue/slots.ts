import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { findWalk, moveWalk, queueWalk, takeWalk } from '../../src/catalogue/backfills.js'
import { findMedia, recordSightings } from '../../src/catalogue/media-files.js'
import { enterProcess } from '../../src/catalogue/processes.js'
import { assignSlots, takeSlot, touchBots } from '../../src/catalogue/slots.js'
import type { BotId } from '../../src/media.js'
import { createTestDatabase } from '../fixtures/database.js'
import { chat } from '../fixtures/messages.js'
import { botId, mediaId, sighting } from '../fixtures/sightings.js'

const bots = (...ids: number[]) => ids.map(botId)
const range = (from: number, count: number) => bots(...Array.from({ length: count }, (_, index) => from + index))
const slots = (map: ReadonlyMap<BotId, number | null>) => Object.fromEntries(map)

/** Bots that have logged in once, in this order. */
async function settled (t: Test, ids: BotId[]) {
  const database = await createTestDatabase(t)
  await assignSlots(database.db, ids)
  for (const id of ids) await touchBots(database.db, [id])
  return database
}

const fillColumns = "INSERT INTO media_files (unique_file_id, b_1, b_2, b_3, b_4, b_5) VALUES ('film', 'one', 'two', 'three', 'four', 'five')"

t.test('the first bots get the slots of their tokens\' positions, and so their columns of an existing table', async t => {
  const { db, query } = await createTestDatabase(t)
  await query(fillColumns)
  t.same(slots(await assignSlots(db, bots(30, 10, 20))), { 30: 1, 10: 2, 20: 3 })
  t.same((await findMedia(db, mediaId('film')))?.copies.map(({ botId, fileId }) => `${botId} ${fileId}`).sort(), ['10 two', '20 three', '30 one'])
})

t.test('tokens that are reordered or removed move nobody', async t => {
  const { db } = await settled(t, bots(10, 20, 30))
  t.same(slots(await assignSlots(db, bots(30, 10, 20))), { 10: 1, 20: 2, 30: 3 })
  t.same(slots(await assignSlots(db, bots(30))), { 30: 3 })
  t.same(slots(await assignSlots(db, bots(20, 30))), { 20: 2, 30: 3 })
})

t.test('a bot that comes later gets the lowest free slot', async t => {
  const { db } = await settled(t, bots(10, 20, 30))
  t.same(slots(await assignSlots(db, bots(40, 30))), { 40: 4, 30: 3 }, 'not the slot of its position, nor one of a bot that is away')
})

t.test('a bot that comes later never gets a column in which somebody\'s copies are', async t => {
  const { db, query } = await createTestDatabase(t)
  await query(fillColumns)
  await assignSlots(db, bots(10, 20))
  await touchBots(db, bots(10, 20))
  t.same(slots(await assignSlots(db, bots(10, 20, 30, 40))), { 10: 1, 20: 2, 30: 6, 40: 7 })
})

t.test('there are eleven slots: the twelfth bot has none until it has logged in', async t => {
  const { db } = await settled(t, range(1, 11))
  t.same(slots(await assignSlots(db, bots(12, 1))), { 12: null, 1: 1 })
})

t.test('the twelfth bot takes the slot of the bot absent longest, whose column is cleared with it', async t => {
  const { db, query } = await settled(t, range(1, 11))
  await recordSightings(db, range(1, 11).map(bot => sighting(bot, 'film')))
  await touchBots(db, range(1, 3))
  await assignSlots(db, [...bots(12), ...range(4, 3)])
  t.equal(await takeSlot(db, botId(12), [...bots(12), ...range(4, 3)]), 7, 'of 7 to 11 and 1 to 3, none of which is configured, 7 was seen first')
  const copies = (await findMedia(db, mediaId('film')))?.copies.map(({ botId }) => Number(botId)).sort((a, b) => a - b)
  t.same(copies, [1, 2, 3, 4, 5, 6, 8, 9, 10, 11])
  t.same(await query('SELECT b_7, b_8 FROM media_files'), [{ b_7: null, b_8: 'film for 8' }])
  t.equal(await takeSlot(db, botId(12), bots(12)), 7, 'asking again takes nothing more')
  t.same(slots(await assignSlots(db, bots(7, 12))), { 7: null, 12: 7 }, 'the other bot is a newcomer now')
})

t.test('what a bot was yet to walk through ends with its slot, and says so', async t => {
  const { db } = await settled(t, range(1, 11))
  const archive = { chatId: chat('-1001234567890'), from: 1, to: 100 }
  const holder = randomUUID()
  await enterProcess(db, holder)
  const [running, gap, other, all] = [await queueWalk(db, archive, botId(1), 'late'), await queueWalk(db, archive, botId(1), 'gap'), await queueWalk(db, archive, botId(2), 'gap'), await queueWalk(db, archive, null, 'cli')]
  await takeWalk(db, holder, [], 'any', [botId(1)])
  t.equal(await takeSlot(db, botId(12), bots(12)), 1)
  for (const { id } of [running, gap]) t.match(await findWalk(db, id), { state: 'failed', reason: /^bot 1 .*slot/ })
  t.equal(await moveWalk(db, running.id, holder, { cursor: 101, to: 100, messages: 0, files: 0 }), false, 'who walks is not heard any more')
  for (const { id } of [other, all]) t.match(await findWalk(db, id), { state: 'queued' })
})

t.test('what a mistyped token was yet to walk through ends with it', async t => {
  const { db } = await settled(t, bots(10))
  await assignSlots(db, bots(10, 666))
  const { id } = await queueWalk(db, { chatId: chat('-1001234567890'), from: 1, to: 100 }, botId(666), 'late')
  await assignSlots(db, bots(10, 20))
  t.match(await findWalk(db, id), { state: 'failed', reason: /bot 666/ })
})

t.test('a bot that has never logged in gives way first', async t => {
  const { db } = await settled(t, range(1, 10))
  await assignSlots(db, range(1, 11))
  await assignSlots(db, [botId(12), botId(11)])
  t.equal(await takeSlot(db, botId(12), bots(12)), 11)
})

t.test('eleven configured bots keep their slots', async t => {
  const { db } = await settled(t, range(1, 11))
  await t.rejects(takeSlot(db, botId(12), range(1, 11)), { message: /all 11 slots belong to bots that are configured/ })
})

t.test('a mistyped token costs nobody a column', async t => {
  const { db, query } = await createTestDatabase(t)
  await query(fillColumns)
  await assignSlots(db, bots(10, 666, 30))
  await touchBots(db, bots(10, 30))
  t.same(slots(await assignSlots(db, bots(10, 20, 30))), { 10: 1, 20: 2, 30: 3 }, 'corrected, it gets the column of its position')
  t.same(await query('SELECT b_1, b_2, b_3, b_4, b_5 FROM media_files'), [{ b_1: 'one', b_2: 'two', b_3: 'three', b_4: 'four', b_5: 'five' }])
})

t.test('mistyped tokens beside eleven good bots take nothing, however often', async t => {
  const { db, query } = await settled(t, range(1, 11))
  await recordSightings(db, range(1, 11).map(bot => sighting(bot, 'film')))
  for (const wrong of range(600, 5)) t.same(slots(await assignSlots(db, [wrong, ...range(2, 10)])).valueOf(), { [wrong]: null, ...slots(new Map(range(2, 10).map(bot => [bot, Number(bot)]))) })
  t.same(slots(await assignSlots(db, range(1, 11))), Object.fromEntries(range(1, 11).map(bot => [bot, Number(bot)])))
  t.same(await query('SELECT count(*)::int AS bots FROM teleferry_bots'), [{ bots: 11 }], 'and they are forgotten')
  t.equal((await findMedia(db, mediaId('film')))?.copies.length, 11)
})

t.test('a free column with somebody\'s copies is cleared before a bot that has logged in gets it', async t => {
  const { db, query } = await settled(t, range(1, 10))
  await query("INSERT INTO media_files (unique_file_id, b_10, b_11) VALUES ('film', 'ten', 'eleven')")
  t.same(slots(await assignSlots(db, bots(12))), { 12: null })
  t.equal(await takeSlot(db, botId(12), bots(12)), 11)
  t.same(await query('SELECT b_10, b_11 FROM media_files'), [{ b_10: 'ten', b_11: null }])
})

t.test('a column of many rows is cleared whole', async t => {
  const { db, query } = await settled(t, range(1, 11))
  await query("INSERT INTO media_files (unique_file_id, b_1, b_2) SELECT 'file' || i, 'one', CASE WHEN i % 3 = 0 THEN 'two' END FROM generate_series(1, 45000) AS i")
  await takeSlot(db, botId(12), [...range(2, 9), botId(12)])
  t.same(await query('SELECT count(b_1)::int AS one, count(b_2)::int AS two FROM media_files'), [{ one: 0, two: 15000 }])
})

t.test('several starts at once agree', async t => {
  const { db, query } = await createTestDatabase(t)
  const answers = await Promise.all([1, 2, 3, 4].map(async () => slots(await assignSlots(db, range(1, 11)))))
  t.same(answers, answers.map(() => Object.fromEntries(range(1, 11).map(bot => [bot, Number(bot)]))))
  const taken = await Promise.all(range(12, 6).map(async bot => await takeSlot(db, bot, [bot])))
  t.equal(new Set(taken).size, 6, 'nobody was given the same slot')
  t.same(await query('SELECT count(slot)::int AS slots FROM teleferry_bots'), [{ slots: 11 }])
})

t.test('user names are kept, and asked about again only when told', async t => {
  const { db, query } = await settled(t, bots(10, 20))
  await touchBots(db, bots(20, 10), new Map([[botId(10), 'ten_bot']]))
  await touchBots(db, bots(10))
  await touchBots(db, [])
  t.same(await query('SELECT bot_id, username, last_seen_at IS NOT NULL AS seen FROM teleferry_bots ORDER BY bot_id'), [
    { bot_id: '10', username: 'ten_bot', seen: true }, { bot_id: '20', username: null, seen: true }])
})
