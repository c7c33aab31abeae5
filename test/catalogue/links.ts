import t from 'tap'
import { findLinkState, revokeLinks, unblockLinks } from '../../src/catalogue/links.js'
import { findMedia, recordSightings } from '../../src/catalogue/media-files.js'
import { assignSlots } from '../../src/catalogue/slots.js'
import { findSenders } from '../../src/catalogue/uploads.js'
import { createTestDatabase } from '../fixtures/database.js'
import { botId, mediaId, sighting } from '../fixtures/sightings.js'

const bot = botId(1)
const film = mediaId('film')

/** A file as `senderId` sent it. */
const sent = (senderId: string | null, id = 'film', messageId = 1) => ({ ...sighting(bot, id, {}, { messageId }), senderId })

t.test('what was done to the links is read with the file', async t => {
  const { db } = await createTestDatabase(t)
  await assignSlots(db, [bot])
  await recordSightings(db, [sent('42')])
  t.same((await findMedia(db, film))?.link, { generation: 0, blocked: false })
  await revokeLinks(db, film, { block: false, occasion: 'one' })
  t.same((await findMedia(db, film))?.link, { generation: 1, blocked: false })
  await revokeLinks(db, film, { block: true, occasion: 'two' })
  t.same((await findMedia(db, film))?.link, { generation: 2, blocked: true })
  await revokeLinks(db, film, { block: false, occasion: 'three' })
  t.same(await findLinkState(db, film), { generation: 3, blocked: true }, 'revoking does not unblock')
  await unblockLinks(db, film)
  t.same((await findMedia(db, film))?.link, { generation: 3, blocked: false }, 'unblocking brings no old link back')
})

t.test('the same occasion counts once, whatever number of processes is told of it at a time', async t => {
  const { db } = await createTestDatabase(t)
  const firsts = await Promise.all(Array.from({ length: 8 }, async () => await revokeLinks(db, film, { block: false, occasion: 'press 1' })))
  t.equal(firsts.filter(Boolean).length, 1)
  t.same(await findLinkState(db, film), { generation: 1, blocked: false })
  await Promise.all(Array.from({ length: 8 }, async (_, index) => await revokeLinks(db, film, { block: false, occasion: `press ${index + 2}` })))
  t.same(await findLinkState(db, film), { generation: 9, blocked: false })
})

t.test('everybody who sent a file is noted, once', async t => {
  const { db } = await createTestDatabase(t)
  await assignSlots(db, [bot])
  await recordSightings(db, [sent('43', 'film', 1), sent('43', 'film', 2), sent('9007199254740993', 'other', 3)])
  await recordSightings(db, [sent('42', 'film', 4)])
  t.same(await findSenders(db, film), ['43', '42'])
  t.same(await findSenders(db, mediaId('other')), ['9007199254740993'])
  t.same(await findSenders(db, mediaId('unknown')), [])
})

t.test('what comes without a sender, or from a chat, is nobody\'s, unless somebody sent it before', async t => {
  const { db } = await createTestDatabase(t)
  await assignSlots(db, [bot])
  await recordSightings(db, [sent(null, 'posted', 1), sent('-1001234567890', 'by a channel', 2), sent('42', 'private', 3)])
  await recordSightings(db, [sent('42', 'posted', 4), sent(null, 'private', 5)])
  t.same(await findSenders(db, mediaId('posted')), ['0', '42'])
  t.same(await findSenders(db, mediaId('by a channel')), ['0'])
  t.same(await findSenders(db, mediaId('private')), ['42'])
})

t.test('what was in the catalogue before anybody\'s name was noted is nobody\'s alone', async t => {
  const { db, query } = await createTestDatabase(t)
  await assignSlots(db, [bot])
  await query("INSERT INTO media_files (unique_file_id, b_1) VALUES ('film', 'x')")
  await recordSightings(db, [sent('42')])
  t.same(await findSenders(db, film), ['0', '42'])
})

t.test('copies that bots make say nothing about whose a file is', async t => {
  const { db } = await createTestDatabase(t)
  await assignSlots(db, [bot])
  await recordSightings(db, [sent('42')])
  await recordSightings(db, [sighting(bot, 'film', {}, { messageId: 2 })])
  t.same(await findSenders(db, film), ['42'])
})
