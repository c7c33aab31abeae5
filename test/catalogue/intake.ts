import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { type Intake, storeIntakes } from '../../src/catalogue/intake.js'
import { findMedia } from '../../src/catalogue/media-files.js'
import { assignSlots } from '../../src/catalogue/slots.js'
import { findSightings } from '../../src/catalogue/sightings.js'
import { findUnanswered, forgetUnanswered, noteAnswered } from '../../src/catalogue/unanswered.js'
import { loadUpdateStates } from '../../src/catalogue/update-states.js'
import type { Db } from '../../src/database/connect.js'
import type { ChatId, OwnState, Progress } from '../../src/media.js'
import { until } from '../e2e/fixtures/until.js'
import { createTestDatabase } from '../fixtures/database.js'
import { chat, receivedMessage } from '../fixtures/messages.js'
import { botId, mediaId, sighting } from '../fixtures/sightings.js'

const ANN = botId(101)
const CHANNEL = '-1001234567890' as ChatId
const own = (pts: number, changes: Partial<OwnState> = {}): OwnState => ({ pts, qts: 1, seq: 1, date: 1_000, lastMessageId: pts, ...changes })
const began: Progress = { kind: 'began', box: 'own', to: own(10) }
const moved = (from: number, to: number): Progress => ({ kind: 'moved', box: 'own', from, to: own(to) })
const intake = (progress: Progress, rest: Partial<Intake> = {}): Intake => ({ progress, sightings: [], gone: [], unanswered: [], ...rest })

/** Resolves when a connection to this database waits for a lock. */
async function waitingForLock (db: Db): Promise<void> {
  await until('somebody waits', async () => {
    const { rows } = await sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
    return rows.length > 0
  })
}

async function withBot (t: Test) {
  const database = await createTestDatabase(t)
  await assignSlots(database.db, [ANN])
  const store = async (...intakes: Intake[]) => (await storeIntakes(database.db, ANN, intakes)).size
  const states = async () => await loadUpdateStates(database.db, ANN)
  return { ...database, store, states }
}

t.test('a bot that received nothing yet has no state', async t => {
  const { states } = await withBot(t)
  t.same(await states(), { own: null, channels: new Map() })
})

t.test('files and the state that covers them are stored together, box by box', async t => {
  const { db, store, states } = await withBot(t)
  const began: Progress = { kind: 'began', box: CHANNEL, to: { pts: 7, lastMessageId: 3 } }
  await store(intake({ kind: 'began', box: 'own', to: own(10) }), intake(began, { sightings: [sighting(ANN, 'film')] }))
  t.equal((await findMedia(db, mediaId('film')))?.copies.length, 1)
  t.same(await states(), { own: own(10), channels: new Map([[CHANNEL, { pts: 7, lastMessageId: 3 }]]) })
})

t.test('when anything fails, neither files nor states are stored', async t => {
  const { db, store, states } = await withBot(t)
  const broken = { ...sighting(ANN, 'film'), messageId: 2 ** 40 }
  await t.rejects(store(intake(began, { sightings: [broken] })), /out of range/)
  t.same(await states(), { own: null, channels: new Map() })
  t.equal(await findMedia(db, mediaId('film')), null)
})

t.test('what another process stored before is known by its state, and left out', async t => {
  const { db, store, states } = await withBot(t)
  await store(intake(began))
  const step = () => intake(moved(10, 12), { sightings: [sighting(ANN, 'film')], unanswered: [receivedMessage()] })
  t.equal(await store(step()), 1)
  await noteAnswered(db, ANN, receivedMessage())
  t.equal(await store(step()), 0)
  t.same(await findUnanswered(db, ANN, new Date(0)), [], 'it is not to be answered again')
  t.equal(await store(intake(moved(10, 13))), 1, 'a step that goes further counts')
  t.same((await states()).own, own(13))
})

t.test('what a process that lags behind looked for message by message is stored, for it may lie above what the other one has', async t => {
  const { db, store, states } = await withBot(t)
  await store(intake(began), intake(moved(10, 12)))
  const found: Progress = { kind: 'moved', box: 'own', from: 10, to: own(10, { lastMessageId: 13 }) }
  t.equal(await store(intake(found, { sightings: [sighting(ANN, 'film')] })), 1)
  t.same((await states()).own, own(12, { lastMessageId: 13 }))
  t.equal(await store(intake({ kind: 'reset', box: 'own', to: own(14) }), intake(moved(12, 13))), 1, 'and what the other one brings is known then')
  t.equal((await findMedia(db, mediaId('film')))?.copies.length, 1)
})

t.test('two processes that store the same steps at once store each once', async t => {
  const { db, store } = await withBot(t)
  await store(intake(began))
  const steps = () => Array.from({ length: 30 }, (_, i) => intake(moved(10 + i, 11 + i), { unanswered: [receivedMessage({ messageId: i + 1 })] }))
  const lives = [steps(), steps()]
  const fresh = await Promise.all(lives.map(async life => {
    let count = 0
    for (const step of life) count += await store(step)
    return count
  }))
  t.equal((fresh[0] ?? 0) + (fresh[1] ?? 0), 30, `${fresh}`)
  t.equal((await findUnanswered(db, ANN, new Date(0))).length, 30)
})

t.test('a step that does not follow on what is stored is refused: the database was put back', async t => {
  const { store, states } = await withBot(t)
  await store(intake(began))
  await t.rejects(store(intake(moved(11, 12))), { code: 'STATE_BEHIND' })
  await t.rejects(store(intake({ kind: 'moved', box: CHANNEL, from: 5, to: { pts: 6, lastMessageId: 1 } })), { code: 'STATE_BEHIND' })
  t.same((await states()).own, own(10))
})

t.test('of two processes that begin at the same instant, in whatever order that is stored, the one that logged in first counts', async t => {
  for (const [first, second] of [[10, 12], [12, 10]] as const) {
    const { db, store, states } = await withBot(t)
    const begins = (pts: number) => intake({ kind: 'began', box: 'own', to: own(pts) })
    let later: Promise<number> | undefined
    await db.transaction().execute(async transaction => {
      await storeIntakes(transaction, ANN, [begins(first)])
      later = store(begins(second))
      await waitingForLock(db)
    })
    await later
    t.equal(await store(intake(moved(10, 11), { sightings: [sighting(ANN, 'film')] })), 1, 'what came in between is news')
    await t.rejects(store(intake(moved(12, 13))), { code: 'STATE_BEHIND' }, 'and who logged in later is told to fetch it')
    t.same((await states()).own?.pts, 11)
  }
})

t.test('what came between the beginnings of two processes with one bot is stored, whichever brings it', async t => {
  const { store, states } = await withBot(t)
  await store(intake(began))
  t.equal(await store(intake({ kind: 'began', box: 'own', to: own(12) })), 0, 'who logged in later does not speak for what came before')
  await t.rejects(store(intake(moved(12, 13))), { code: 'STATE_BEHIND' })
  t.equal(await store(intake(moved(10, 12), { sightings: [sighting(ANN, 'film')] })), 1)
  t.same((await states()).own, own(12))
})

t.test('a state goes back only where Telegram says so, and a channel that is closed has none', async t => {
  const { store, states } = await withBot(t)
  await store(intake(began), intake({ kind: 'began', box: CHANNEL, to: { pts: 7, lastMessageId: 3 } }))
  t.equal(await store(intake({ kind: 'began', box: 'own', to: own(14) }), intake({ kind: 'began', box: CHANNEL, to: { pts: 7, lastMessageId: 9 } })), 0, 'another process began there')
  t.same(await states(), { own: own(10), channels: new Map([[CHANNEL, { pts: 7, lastMessageId: 3 }]]) })
  await store(intake({ kind: 'reset', box: 'own', to: own(2, { lastMessageId: 1 }) }), intake({ kind: 'reset', box: CHANNEL, to: { pts: 1, lastMessageId: 1 } }))
  t.same(await states(), { own: own(2, { lastMessageId: 10 }), channels: new Map([[CHANNEL, { pts: 1, lastMessageId: 3 }]]) })
  await store(intake({ kind: 'closed', box: CHANNEL }))
  t.same((await states()).channels, new Map())
})

t.test('messages that are gone are no places to look for a file, and the file stays', async t => {
  const { db, store } = await withBot(t)
  const at = (messageId: number, chatId: string) => sighting(ANN, 'film', {}, { messageId, chatId })
  await store(intake(began, { sightings: [at(1, '42'), at(2, '-77'), at(3, '42'), at(1, CHANNEL), at(2, CHANNEL)] }))
  await store(intake(moved(10, 11), { gone: [{ chatId: null, messageIds: [1, 2] }, { chatId: CHANNEL, messageIds: [2] }] }))
  t.same((await findSightings(db, ANN, mediaId('film'))).map(({ chatId, messageId }) => `${chatId} ${messageId}`).sort(), [`${CHANNEL} 1`, '42 3'])
  t.equal((await findMedia(db, mediaId('film')))?.copies.length, 1)
})

t.test('a message that lost its file and has another one since counts, also when both are stored at once', async t => {
  const { db, store } = await withBot(t)
  const gone = [{ chatId: CHANNEL, messageIds: [1] }]
  await store(intake(began, { gone }), intake(moved(10, 11), { sightings: [sighting(ANN, 'film')] }))
  t.equal((await findSightings(db, ANN, mediaId('film'))).length, 1)
  await store(intake(moved(11, 12), { sightings: [sighting(ANN, 'film')] }), intake(moved(12, 13), { gone }))
  t.equal((await findSightings(db, ANN, mediaId('film'))).length, 0)
})

t.test('what a process passes over where it begins in a channel is walked through from where another one stands there', async t => {
  const { query, store, states } = await withBot(t)
  const begins = (pts: number, last: number, firstGiven: number): Progress => ({ kind: 'began', box: CHANNEL, to: { pts, lastMessageId: last }, missing: { from: 1, to: firstGiven - 1 } })
  await store(intake(begins(50, 40, 31)))
  t.same(await query('SELECT * FROM teleferry_backfills'), [], 'nobody knows where the bot came in')
  t.equal(await store(intake(begins(70, 60, 51))), 1)
  t.match(await query('SELECT * FROM teleferry_backfills'), [{ chat_id: CHANNEL, bot_id: ANN, from_id: 41, to_id: 50, asked_by: 'gap' }])
  t.equal(await store(intake({ kind: 'moved', box: CHANNEL, from: 50, to: { pts: 65, lastMessageId: 55 } })), 0)
  t.equal(await store(intake(begins(72, 61, 52))), 1)
  t.equal((await query('SELECT * FROM teleferry_backfills')).length, 1, 'nothing lies between')
  t.match(await states(), { channels: new Map([[CHANNEL, { pts: 72, lastMessageId: 61 }]]) })
})

t.test('where a channel was known and showed no message, what Telegram tells nothing of is walked through from the first', async t => {
  const { query, store } = await withBot(t)
  await store(intake({ kind: 'began', box: CHANNEL, to: { pts: 7, lastMessageId: 0 } }))
  await store(intake({ kind: 'moved', box: CHANNEL, from: 7, to: { pts: 70, lastMessageId: 60 }, missing: { from: 1, to: 50 } }))
  t.match(await query('SELECT * FROM teleferry_backfills'), [{ chat_id: CHANNEL, bot_id: ANN, from_id: 1, to_id: 50, state: 'queued' }])
})

t.test('messages that Telegram tells nothing of any more are queued to be walked through', async t => {
  const { query, store } = await withBot(t)
  await store(intake({ kind: 'began', box: CHANNEL, to: { pts: 7, lastMessageId: 3 } }))
  await store(intake({ kind: 'moved', box: CHANNEL, from: 7, to: { pts: 70, lastMessageId: 60 }, missing: { from: 4, to: 50 } }))
  t.match(await query('SELECT * FROM teleferry_backfills'), [{ chat_id: CHANNEL, bot_id: ANN, from_id: 4, to_id: 50, cursor_id: null, state: 'queued', asked_by: 'gap' }])
  await store(intake({ kind: 'reset', box: CHANNEL, to: { pts: 9, lastMessageId: 90 }, missing: { from: 61, to: 80 } }))
  t.match(await query('SELECT * FROM teleferry_backfills ORDER BY id'), [{}, { chat_id: CHANNEL, bot_id: ANN, from_id: 61, to_id: 80, state: 'queued' }])
})

t.test('unanswered messages are kept as they are, whatever their text, until they are answered or too old', async t => {
  const { db, store } = await withBot(t)
  const strange = receivedMessage({ text: 'a\0b \ud800 "\\u0000" 🎬', chat: { id: chat('42'), kind: 'private' } })
  await store(intake(began, { unanswered: [strange, receivedMessage({ messageId: 8 })] }))
  t.same(await findUnanswered(db, ANN, new Date(0)), [strange, receivedMessage({ messageId: 8 })])
  t.same(await findUnanswered(db, ANN, new Date(Date.now() + 60_000)), [])
  await noteAnswered(db, ANN, strange)
  t.equal((await findUnanswered(db, ANN, new Date(0))).length, 1)
  await forgetUnanswered(db, new Date(Date.now() + 60_000))
  t.same(await findUnanswered(db, ANN, new Date(0)), [])
})
