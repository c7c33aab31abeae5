import t, { type Test } from 'tap'
import { findMedia, lackingBots, recordSightings, saveCopy, saveSize } from '../../src/catalogue/media-files.js'
import { assignSlots, takeSlot } from '../../src/catalogue/slots.js'
import { createTestDatabase } from '../fixtures/database.js'
import { botId, mediaId, sighting } from '../fixtures/sightings.js'

const [ANN, BEN, CID, DAN] = [botId(101), botId(102), botId(103), botId(9_007_199_254_740_993n)]

async function withBots (t: Test, bots = [ANN, BEN, CID]) {
  const database = await createTestDatabase(t)
  await assignSlots(database.db, bots)
  const row = async (id: string) => (await database.query('SELECT * FROM media_files WHERE unique_file_id = $1', [id]))[0]
  return { ...database, row }
}

t.test('a file that nobody saw is null', async t => {
  const { db } = await withBots(t)
  t.equal(await findMedia(db, mediaId('unknown')), null)
})

t.test('a file that one bot saw has its copy, and its size beyond 32 bits as a number', async t => {
  const { db } = await withBots(t)
  await recordSightings(db, [sighting(BEN, 'film')])
  const found = await findMedia(db, mediaId('film'))
  t.match(found, { file: { id: 'film', name: 'film.mp4', size: 4_194_304_000, mimeType: 'video/mp4', createdAt: Date }, copies: [{ botId: BEN, fileId: 'film for 102' }] })
  t.equal(found?.copies.length, 1)
})

t.test('a bot whose id is beyond 2^53 keeps it exactly', async t => {
  const { db } = await withBots(t, [DAN])
  await recordSightings(db, [sighting(DAN, 'film')])
  t.same((await findMedia(db, mediaId('film')))?.copies, [{ botId: '9007199254740993', fileId: 'film for 9007199254740993' }])
})

t.test('three bots at once make one row with three copies, whatever the order of their files', async t => {
  const { db, query } = await withBots(t)
  const ids = Array.from({ length: 60 }, (_, index) => `file${index}`)
  const batches = [ANN, BEN, CID].flatMap((bot, turn) => [ids, [...ids].reverse(), [...ids.slice(turn * 20), ...ids.slice(0, turn * 20)]]
    .map(order => order.map((id, index) => sighting(bot, id, {}, { messageId: index }))))
  await Promise.all(batches.map(async batch => { await recordSightings(db, batch) }))
  t.same(await query('SELECT count(*)::int AS rows FROM media_files'), [{ rows: 60 }])
  const wrong = []
  for (const id of ids) {
    const copies = (await findMedia(db, mediaId(id)))?.copies.map(({ fileId }) => fileId).sort()
    if (copies?.join() !== [ANN, BEN, CID].map(bot => `${id} for ${bot}`).join()) wrong.push([id, copies])
  }
  t.same(wrong, [])
})

t.test('seeing the same again changes nothing, not even updated_at', async t => {
  const { db, row } = await withBots(t)
  await recordSightings(db, [sighting(ANN, 'film'), sighting(BEN, 'film')])
  const before = await row('film')
  await recordSightings(db, [sighting(ANN, 'film'), sighting(BEN, 'film')])
  await saveCopy(db, ANN, mediaId('film'), 'film for 101')
  t.same(await row('film'), before)
})

t.test('what differs is updated, and moves updated_at alone', async t => {
  const { db, query, row } = await withBots(t)
  await recordSightings(db, [sighting(ANN, 'film')])
  await query("UPDATE media_files SET created_at = '2020-01-01Z', updated_at = '2020-01-01Z'")
  await recordSightings(db, [sighting(BEN, 'film', { name: 'new.mkv' })])
  const changed = await row('film')
  t.match(changed, { b_1: 'film for 101', b_2: 'film for 102', b_3: null, file_name: 'new.mkv', created_at: new Date('2020-01-01Z') })
  t.ok(changed?.['updated_at'] > new Date('2020-01-02Z'))
})

t.test('of two sightings in one batch the later wins, and each bot\'s copy is kept', async t => {
  const { db, row } = await withBots(t)
  await recordSightings(db, [sighting(ANN, 'film', { fileId: 'old', name: 'old' }), sighting(BEN, 'film'), sighting(ANN, 'film', { fileId: 'new', name: 'new' })])
  t.match(await row('film'), { b_1: 'new', b_2: 'film for 102', file_name: 'new' })
})

t.test('a batch of thousands of files is stored whole', async t => {
  const { db, query } = await withBots(t)
  await recordSightings(db, Array.from({ length: 2500 }, (_, index) => sighting(ANN, `file${index}`, {}, { messageId: index })))
  t.same(await query('SELECT count(*)::int AS files, count(b_1)::int AS copies FROM media_files'), [{ files: 2500, copies: 2500 }])
  t.same(await query('SELECT count(*)::int AS messages FROM teleferry_sightings'), [{ messages: 2500 }])
})

t.test('a name with a zero character does not make the batch fail', async t => {
  const { db } = await withBots(t)
  await recordSightings(db, [sighting(ANN, 'film', { name: 'a\0b\ud800.mp4' })])
  t.equal((await findMedia(db, mediaId('film')))?.file.name, 'ab\ufffd.mp4')
})

t.test('sightings are stored all or none', async t => {
  const { db, query } = await withBots(t)
  await t.rejects(recordSightings(db, [sighting(ANN, 'good'), sighting(ANN, 'bad', {}, { messageId: 2 ** 40 })]))
  t.same(await query('SELECT count(*)::int AS files FROM media_files'), [{ files: 0 }])
})

t.test('sightings go with the caller\'s transaction', async t => {
  const { db } = await withBots(t)
  await t.rejects(db.transaction().execute(async transaction => {
    await recordSightings(transaction, [sighting(ANN, 'film')])
    t.ok(await findMedia(transaction, mediaId('film')))
    throw new Error('the state could not be stored')
  }))
  t.equal(await findMedia(db, mediaId('film')), null)
})

t.test('a bot without a slot leaves no copy, and writes no column of another\'s', async t => {
  const { db, row } = await withBots(t)
  await recordSightings(db, [sighting(DAN, 'film')])
  await saveCopy(db, DAN, mediaId('film'), 'mine')
  t.same(Object.entries(await row('film') ?? {}).filter(([name, value]) => name.startsWith('b_') && value !== null), [])
  t.same((await findMedia(db, mediaId('film')))?.copies, [])
})

t.test('what a column holds counts for the bot that has the slot now, and for none where nobody has it', async t => {
  const { db, query } = await withBots(t, [BEN, ANN])
  await query("INSERT INTO media_files (unique_file_id, b_1, b_2, b_3, b_11) VALUES ('film', 'one', '', 'three', 'eleven')")
  t.same(await findMedia(db, mediaId('film')).then(found => found?.copies), [{ botId: BEN, fileId: 'one' }], '\'\' is no copy')
  t.match((await findMedia(db, mediaId('film')))?.file, { name: null, size: null, mimeType: null })
})

t.test('a renewed copy replaces the old one', async t => {
  const { db } = await withBots(t)
  await recordSightings(db, [sighting(ANN, 'film')])
  await saveCopy(db, ANN, mediaId('film'), 'renewed')
  await saveCopy(db, ANN, mediaId('unknown'), 'x')
  t.same((await findMedia(db, mediaId('film')))?.copies, [{ botId: ANN, fileId: 'renewed' }])
  t.equal(await findMedia(db, mediaId('unknown')), null)
})

t.test('a size that was found out is kept, one that is known stays', async t => {
  const { db, query } = await withBots(t)
  await query("INSERT INTO media_files (unique_file_id, file_size) VALUES ('old', NULL), ('known', 5)")
  for (const id of ['old', 'known']) await saveSize(db, mediaId(id), 4_194_304_000)
  t.equal((await findMedia(db, mediaId('old')))?.file.size, 4_194_304_000)
  t.equal((await findMedia(db, mediaId('known')))?.file.size, 5)
})

t.test('the bots that lack a copy are those with a slot and an empty column', async t => {
  const { db } = await withBots(t)
  t.same(await lackingBots(db, mediaId('film'), [CID, ANN, BEN, DAN]), [CID, ANN, BEN], 'all, of a file that nobody saw')
  await recordSightings(db, [sighting(ANN, 'film')])
  t.same(await lackingBots(db, mediaId('film'), [CID, ANN, BEN, DAN]), [CID, BEN])
  t.same(await lackingBots(db, mediaId('film'), []), [])
})

t.test('while a slot changes hands, no copy ever lands in, or is read from, the other bot\'s column', async t => {
  const bots = Array.from({ length: 11 }, (_, index) => botId(201 + index))
  const { db, query } = await withBots(t, bots)
  const files = Array.from({ length: 40 }, (_, index) => `file${index}`)
  const everybody = [...bots, ...Array.from({ length: 4 }, (_, index) => botId(301 + index))]
  const wrong: unknown[] = []
  const over = new AbortController()
  const writers = everybody.map(async (bot, turn) => {
    while (!over.signal.aborted) await recordSightings(db, [...files.slice(turn), ...files.slice(0, turn)].map((id, index) => sighting(bot, id, {}, { messageId: index })))
  })
  const reader = (async () => {
    while (!over.signal.aborted) {
      for (const id of files) {
        const found = await findMedia(db, mediaId(id))
        wrong.push(...(found?.copies ?? []).filter(({ botId, fileId }) => fileId !== `${id} for ${botId}`))
      }
    }
  })()
  for (let round = 0; round < 3; round++) {
    for (const bot of everybody.slice(round)) await takeSlot(db, bot, [bot])
  }
  over.abort()
  await Promise.all([...writers, reader])
  for (const { bot_id: bot, slot } of await query<{ bot_id: string, slot: number }>('SELECT * FROM teleferry_bots WHERE slot IS NOT NULL')) {
    wrong.push(...await query(`SELECT unique_file_id, b_${slot} AS found FROM media_files WHERE b_${slot} <> unique_file_id || ' for ' || $1`, [bot]))
  }
  t.same(wrong, [])
})
