import t from 'tap'
import { claimAnswer } from '../../src/catalogue/answers.js'
import { claimStorageCopy, noteStorageCopy } from '../../src/catalogue/storage-copies.js'
import type { ChatId } from '../../src/media.js'
import { createTestDatabase } from '../fixtures/database.js'
import { botId, mediaId } from '../fixtures/sightings.js'

const CHAT = '-1001234567890' as ChatId
const crowd = Array.from({ length: 11 }, (_, index) => botId(101 + index))

t.test('of many bots that ask at once one answers a message, and always the same', async t => {
  const { db } = await createTestDatabase(t)
  const ask = async () => await Promise.all(crowd.map(async bot => await claimAnswer(db, CHAT, 7, bot)))
  const first = await ask()
  t.equal(first.filter(Boolean).length, 1)
  t.same(await ask(), first)
  t.equal(await claimAnswer(db, CHAT, 8, botId(1)), true, 'another message is another question')
})

t.test('of many bots that ask at once one copies a file, and always the same', async t => {
  const { db } = await createTestDatabase(t)
  const ask = async () => await Promise.all(crowd.map(async bot => await claimStorageCopy(db, mediaId('film'), bot)))
  const first = await ask()
  t.equal(first.filter(Boolean).length, 1)
  t.same(await ask(), first)
  t.equal(await claimStorageCopy(db, mediaId('other'), botId(1)), true)
})

t.test('a claim on which nothing followed for long goes to another bot, a copy that was made does not', async t => {
  const { db, query } = await createTestDatabase(t)
  for (const id of ['made', 'abandoned']) await claimStorageCopy(db, mediaId(id), botId(1))
  await noteStorageCopy(db, mediaId('made'), 77)
  await query("UPDATE teleferry_storage_copies SET claimed_at = now() - interval '1 hour'")
  t.equal(await claimStorageCopy(db, mediaId('made'), botId(2)), false)
  t.equal(await claimStorageCopy(db, mediaId('abandoned'), botId(2)), true)
  t.equal(await claimStorageCopy(db, mediaId('abandoned'), botId(1)), false)
})
