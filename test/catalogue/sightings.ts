import t from 'tap'
import { recordSightings } from '../../src/catalogue/media-files.js'
import { findSightings, forgetVanished } from '../../src/catalogue/sightings.js'
import { createTestDatabase } from '../fixtures/database.js'
import { botId, mediaId, sighting } from '../fixtures/sightings.js'

const [ANN, BEN] = [botId(101), botId(102)]

t.test('a bot\'s messages with a file come newest first, and only its own', async t => {
  const { db } = await createTestDatabase(t)
  for (const messageId of [7, 5, 9]) await recordSightings(db, [sighting(ANN, 'film', {}, { messageId })])
  await recordSightings(db, [sighting(BEN, 'film', {}, { chatId: '42', messageId: 1 }), sighting(ANN, 'other', {}, { messageId: 2 })])
  t.same(await findSightings(db, ANN, mediaId('film')), [9, 5, 7].map(messageId => ({ chatId: '-1001234567890', messageId })))
  t.same(await findSightings(db, BEN, mediaId('film')), [{ chatId: '42', messageId: 1 }])
  t.same(await findSightings(db, BEN, mediaId('other')), [])
})

t.test('in one batch the higher message is the newer', async t => {
  const { db } = await createTestDatabase(t)
  await recordSightings(db, [3, 1, 2].map(messageId => sighting(ANN, 'film', {}, { messageId })))
  t.same((await findSightings(db, ANN, mediaId('film'))).map(({ messageId }) => messageId), [3, 2, 1])
})

t.test('a message whose file was replaced counts for the new one', async t => {
  const { db } = await createTestDatabase(t)
  await recordSightings(db, [sighting(ANN, 'old')])
  await recordSightings(db, [sighting(ANN, 'old'), sighting(ANN, 'new')])
  t.same(await findSightings(db, ANN, mediaId('old')), [])
  t.equal((await findSightings(db, ANN, mediaId('new'))).length, 1)
})

t.test('what a walk saw does not replace what was seen lately, which may be later', async t => {
  const { db, query } = await createTestDatabase(t)
  await recordSightings(db, [sighting(ANN, 'new')])
  await recordSightings(db, [sighting(ANN, 'old'), sighting(ANN, 'other', {}, { messageId: 2 })], { isOfWalk: true })
  const where = async (id: string) => (await findSightings(db, ANN, mediaId(id))).map(({ messageId }) => messageId)
  t.same([await where('new'), await where('old'), await where('other')], [[1], [], [2]])
  await query("UPDATE teleferry_sightings SET seen_at = now() - interval '1 hour'")
  await recordSightings(db, [sighting(ANN, 'newer')], { isOfWalk: true })
  t.same([await where('new'), await where('newer')], [[], [1]])
})

t.test('where a walk found no file, what the same bot saw there before is forgotten; what it saw lately may be later than the look', async t => {
  const { db, query } = await createTestDatabase(t)
  const chatId = sighting(ANN, 'film').chatId
  for (const messageId of [1, 2, 3]) for (const id of [ANN, BEN]) await recordSightings(db, [sighting(id, 'film', {}, { messageId })])
  await query("UPDATE teleferry_sightings SET seen_at = now() - interval '1 hour' WHERE message_id < 3")
  await recordSightings(db, [sighting(ANN, 'film', {}, { chatId: '-1009999999999', messageId: 1 })])
  await query("UPDATE teleferry_sightings SET seen_at = now() - interval '1 hour' WHERE message_id = 1")
  await forgetVanished(db, ANN, chatId, [1, 3, 4])
  const left = async (id: typeof ANN) => (await findSightings(db, id, mediaId('film'))).map(({ chatId: where, messageId }) => where === chatId ? messageId : 'elsewhere').sort()
  t.same(await left(ANN), [2, 3, 'elsewhere'])
  t.same(await left(BEN), [1, 2, 3])
})
