import t from 'tap'
import { readMigrations, SQL_FOLDER } from '../../src/database/migrations.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { difference, get } from './fixtures/http.js'
import { startServerProcess } from './fixtures/processes.js'
import { callsOf, copiesIn, post, setStage, type Stage } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

const logIns = (stage: Stage) => callsOf(stage, 'auth.ImportBotAuthorization')

/** Telegram as strict as it is: a login that is seen on two connections ends. */
async function strictStage (t: Parameters<typeof setStage>[0], bots: number): Promise<Stage> {
  const stage = await setStage(t, { bots })
  stage.sandbox.network.strictSingleConnection = true
  return stage
}

const holders = async ({ database }: Stage) => (await database.query<{ holder: string | null }>('SELECT holder FROM teleferry_bot_sessions')).map(({ holder }) => holder)

t.test('two processes with the same tokens serve side by side: no login is killed, a post is stored and answered once', async t => {
  const stage = await strictStage(t, 2)
  const { sandbox, bots: [bot], user } = stage
  if (bot === undefined) return t.fail('a bot')
  const first = await startServerProcess(t, stage)
  await first.online()
  const second = await startServerProcess(t, stage)
  await until('the second to wait', async () => (await second.bots())?.every(({ state }) => state === 'connecting'))
  await second.online()
  t.equal(logIns(stage), 4, 'each bot has a session for each process')

  const { id, file } = await post(stage, first, { kind: 'video', name: 'film.mp4', content: syntheticContent('film', 3_000_001) })
  for (const { address } of [first, second]) {
    const { body } = await get(`${address}/download/${id}`)
    t.equal(difference(body, file.content.read(0, file.content.size)), null)
  }
  const message = user.sendTo(bot, { media: sandbox.file({ kind: 'document', name: 'letter.txt', content: syntheticContent('letter', 5000) }) })
  await sandbox.waitForReply(message)
  for (const text of ['once', 'and again']) await sandbox.waitForReply(user.sendTo(bot, { text }))
  const rows = await stage.database.query('SELECT FROM media_files')
  t.equal(rows.length, 2)

  await t.test('the session of one that is killed goes to a newcomer, without a log-in', async t => {
    first.kill('SIGKILL')
    await first.ended
    const third = await startServerProcess(t, stage)
    await third.online()
    t.equal(logIns(stage), 4)
    t.equal((await get(`${third.address}/download/${id}`)).status, 200)
    third.kill('SIGTERM')
    t.same(await third.ended, { code: 0, signal: null })
  })

  second.kill('SIGTERM')
  t.same(await second.ended, { code: 0, signal: null })
  t.equal(bot.sent.length, 3, 'each message was answered once, though each process heard it')
  t.same(await holders(stage), [null, null, null, null], 'all is given back')
  t.same(await stage.database.query('SELECT FROM teleferry_processes'), [])
  for (const { output } of [first, second]) t.notMatch(output(), /AUTH_KEY_DUPLICATED/)
})

t.test('a process that stood still and comes back leaves its sessions to who took them', async t => {
  const stage = await strictStage(t, 2)
  const { sandbox } = stage
  const first = await startServerProcess(t, stage)
  await first.online()
  const last = sandbox.stats().connections.total
  // Telegram sees nothing from it, and does not know why.
  first.kill('SIGSTOP')
  const frozen = sandbox.freeze(({ connectionId }) => connectionId <= last)
  const second = await startServerProcess(t, stage)
  await second.online()
  t.equal(logIns(stage), 2, 'the second one has the sessions of the first')

  frozen.remove()
  first.kill('SIGCONT')
  await first.says(/took this one for dead/)
  await first.online()
  t.equal(logIns(stage), 4, 'the first one made others')
  const { id, file } = await post(stage, first, { kind: 'video', content: syntheticContent('later', 2_000_001) })
  for (const { address, output } of [first, second]) {
    t.equal(difference((await get(`${address}/download/${id}`)).body, file.content.read(0, file.content.size)), null)
    t.notMatch(output(), /AUTH_KEY_DUPLICATED/)
  }
  t.same((await holders(stage)).filter(holder => holder === null), [])
})

t.test('a process that ends gives back at once the bots that no stream needs, and the others when their streams end', async t => {
  const stage = await strictStage(t, 2)
  const { sandbox, bots: [needed], user } = stage
  if (needed === undefined) return t.fail('a bot')
  const first = await startServerProcess(t, stage, { SHUTDOWN_GRACE: '60' })
  await first.online()
  const file = sandbox.file({ kind: 'video', name: 'film.mp4', content: syntheticContent('film', 6_000_001) })
  user.sendTo(needed, { media: file })
  const id = uniqueIdOf('video', file)
  await copiesIn(stage.database, id, 1)
  const slow = sandbox.shape({ match: { accountId: needed.id }, bytesPerSecond: 300_000 })
  const download = get(`${first.address}/download/${id}`)
  await until('the stream', () => callsOf(stage, 'upload.GetFile') > 2)

  first.kill('SIGTERM')
  await until('one session to be free', async () => (await holders(stage)).filter(holder => holder === null).length === 1)
  const second = await startServerProcess(t, stage)
  await until('one bot online', async () => (await second.bots())?.filter(({ state }) => state === 'online').length === 1)
  first.kill('SIGTERM')
  slow.remove()
  const { body, complete } = await download
  t.ok(complete)
  t.equal(difference(body, file.content.read(0, file.content.size)), null)
  t.same(await first.ended, { code: 0, signal: null })
  await second.online()
  t.equal(logIns(stage), 2, 'the second one needed no log-in')
})

t.test('two processes that start at once bring an empty database to the schema together', async t => {
  const stage = await setStage(t, { migrated: false })
  const servers = await Promise.all([1, 2].map(async () => await startServerProcess(t, stage)))
  for (const server of servers) await server.online()
  const names = (await readMigrations(SQL_FOLDER)).map(({ name }) => name)
  const applied = servers.flatMap(({ output }) => [...output().matchAll(/applied migration (\w+)/g)].map(([, name]) => name))
  t.same(applied.sort(), names, 'each is applied by one of them')
  t.same((await stage.database.query<{ name: string }>('SELECT name FROM teleferry_migrations ORDER BY number')).map(({ name }) => name), names)
})

t.test('with STORAGE_CHAT_ID two processes that hear of a file copy it there once', async t => {
  const stage = await strictStage(t, 3)
  const { sandbox, database, user, channel, bots: [first, second] } = stage
  if (first === undefined || second === undefined) return t.fail('bots')
  const env = { STORAGE_CHAT_ID: channel.chatId }
  const servers = await Promise.all([1, 2].map(async () => await startServerProcess(t, stage, env)))
  for (const server of servers) await server.online()
  const files = Array.from({ length: 10 }, (_, i) => sandbox.file({ kind: 'document', name: `${i}.txt`, content: syntheticContent(i, 1_000) }))
  // One bot each, and both bots.
  for (const [i, file] of files.entries()) for (const bot of i % 2 === 0 ? [first] : [first, second]) user.sendTo(bot, { media: file })
  for (const file of files) await copiesIn(database, uniqueIdOf('document', file), 3)

  for (const server of servers) server.kill('SIGTERM')
  for (const server of servers) t.same(await server.ended, { code: 0, signal: null })
  const copies = sandbox.sent().filter(({ model }) => model.chat === channel.chat)
  t.same(copies.map(({ media }) => String(media?.id)).sort(), files.map(({ id }) => String(id)).sort())
})
