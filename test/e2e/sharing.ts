import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { difference, get } from './fixtures/http.js'
import { callsOf, copiesIn, fileIdsOf, linkTo, post, setStage, startOn, startStory } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

const film = syntheticContent('shared', 700_000)

t.test('a post that three bots see becomes one row with the file_id of each in its slot, and each can serve it', async t => {
  const story = await startStory(t, { bots: 3 })
  const { id, url } = await post(story, story.app, { kind: 'video', name: 'film.mp4', content: film })
  const rows = await story.database.query('SELECT * FROM media_files')
  t.match(rows, [{ unique_file_id: id, file_name: 'film.mp4', file_size: '700000', mime_type: 'video/mp4' }])
  const slots = await story.database.query<{ slot: number, bot_id: string }>('SELECT slot, bot_id::text FROM teleferry_bots ORDER BY slot')
  t.same(slots, story.bots.map((bot, index) => ({ slot: index + 1, bot_id: bot.id })))
  const fileIds = fileIdsOf(await copiesIn(story.database, id, 3))
  t.equal(new Set(fileIds.slice(0, 3)).size, 3, 'every bot has a file_id of its own')
  t.same(fileIds.slice(3), Array(8).fill(null))

  await until('every bot to have served a chunk', async () => {
    t.equal(difference((await get(url)).body, film.read(0, film.size)), null)
    return story.bots.every(bot => (story.sandbox.stats().accounts[bot.id]?.methods['upload.GetFile']?.calls ?? 0) > 0)
  })
})

t.test('a file that is posted again is still one row', async t => {
  const story = await startStory(t, { bots: 2 })
  const { message, file } = await post(story, story.app, { kind: 'video', name: 'film.mp4', content: film })
  story.channel.post({ media: file, text: 'once more' })
  story.user.forwardTo(story.channel, message)
  await until('three sightings by both bots', async () => (await story.database.query('SELECT FROM teleferry_sightings')).length === 6)
  t.equal((await story.database.query('SELECT FROM media_files')).length, 1)
})

t.test('a message that is edited to carry another file makes that one known too', async t => {
  const story = await startStory(t)
  const { message, url, id } = await post(story, story.app, { kind: 'video', name: 'rough cut.mp4', content: film })
  const better = story.sandbox.file({ kind: 'video', name: 'final cut.mp4', content: syntheticContent('better', 900_000) })
  message.edit({ media: better })
  const betterId = uniqueIdOf('video', better)
  t.match(await copiesIn(story.database, betterId, 1), { file_name: 'final cut.mp4' })
  t.equal(difference((await get(linkTo(story.app, betterId))).body, better.content.read(0, 900_000)), null)
  t.not(betterId, id)
  t.equal(difference((await get(url)).body, film.read(0, film.size)), null, 'the first one is still there')
})

t.test('with STORAGE_CHAT_ID a file sent in private is copied there once, and then every bot can serve it', async t => {
  const stage = await setStage(t, { bots: 3 })
  const { sandbox, database, user, bots: [first, second], channel } = stage
  if (first === undefined || second === undefined) return t.fail('bots')
  const app = await startOn(t, stage, { env: { STORAGE_CHAT_ID: channel.chatId } })
  const file = sandbox.file({ kind: 'video', name: 'film.mp4', content: film, dcId: 4 })
  const id = uniqueIdOf('video', file)
  // To two bots at the same time, and to one of them again.
  const messages = [first, second].map(bot => user.sendTo(bot, { media: file }))
  for (const message of messages) await sandbox.waitForReply(message)
  await copiesIn(database, id, 3)
  await sandbox.waitForReply(user.sendTo(first, { media: file }))
  await app.close()

  const copies = sandbox.sent().filter(({ model }) => model.chat === channel.chat)
  t.equal(copies.length, 1)
  t.equal(copies[0]?.media?.id, file.id)
  t.equal(copies[0]?.model.forward, null, 'nobody is named as the sender')
  t.equal(callsOf(stage, 'messages.ForwardMessages'), 1)

  const next = await startOn(t, stage, { bots: [first, second, ...stage.bots.slice(2)], env: { STORAGE_CHAT_ID: channel.chatId } })
  sandbox.faults.add({ match: { event: 'call', method: 'upload.GetFile', accountId: first.id }, action: { kind: 'error', code: 500, message: 'INTERDC_2_CALL_ERROR' } })
  t.equal(difference((await get(linkTo(next, id))).body, film.read(0, film.size)), null, 'without one of those that received it')
})

t.test('nothing is copied for a bot that Telegram has turned away', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, database, user, bots: [bot, revoked], channel } = stage
  if (bot === undefined || revoked === undefined) return t.fail('bots')
  const app = await startOn(t, stage, { env: { STORAGE_CHAT_ID: channel.chatId } })
  // A login that is idle hears of it at its next call only. Once it has ended, its connections are nobody's any more.
  t.ok(sandbox.disconnect({ accountId: revoked.id }) > 0)
  revoked.revokeToken()
  await until('the bot to be turned away', () => app.reports().some(({ state }) => state === 'gone'))
  await sandbox.waitForReply(user.sendTo(bot, { media: sandbox.file({ kind: 'video', name: 'film.mp4', content: film }) }))
  await app.close()
  t.same(await database.query('SELECT FROM teleferry_storage_copies'), [])
  t.equal(callsOf(stage, 'messages.ForwardMessages'), 0)
})

t.test('a storage channel where the bot may not post costs the user nothing', async t => {
  const stage = await setStage(t, { bots: 1 })
  const { sandbox, user, bots: [bot] } = stage
  if (bot === undefined) return t.fail('a bot')
  const closed = sandbox.createChannel({ title: 'Closed' })
  const spare = sandbox.createBot()
  const app = await startOn(t, stage, { bots: [bot, spare], env: { STORAGE_CHAT_ID: closed.chatId } })
  const reply = await sandbox.waitForReply(user.sendTo(bot, { media: sandbox.file({ kind: 'video', name: 'film.mp4', content: film }) }))
  const url = reply.buttons[0]?.kind === 'url' ? reply.buttons[0].url : ''
  t.equal(difference((await get(url)).body, film.read(0, film.size)), null)
  t.match(await until('the owner to be told', () => app.said.find(line => line.includes('cannot be copied'))), /make the bot an administrator there who may post/)
})
