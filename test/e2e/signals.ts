import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startMutedProxy } from '../database/fixtures/muted-proxy.js'
import { startSilentDatabase } from '../database/fixtures/silent-database.js'
import { difference, get, getRange } from './fixtures/http.js'
import { isRefused, startServerProcess } from './fixtures/processes.js'
import { callsOf, copiesIn, post, setStage, type Stage } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

/** The same stage, with its database behind another address. */
const at = (stage: Stage, url: string): Stage => ({ ...stage, database: { ...stage.database, url } })

t.test('told to stop, several times, while the database has never said a word, it ends in order', async t => {
  const silent = await startSilentDatabase(t)
  const asked = silent.connection()
  const server = await startServerProcess(t, at(await setStage(t), silent.url))
  await asked
  for (let i = 0; i < 3; i++) server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })
})

t.test('told to stop, several times, while a bot logs in, it ends in order and gives its session back', async t => {
  const stage = await setStage(t)
  const mute = stage.sandbox.faults.add({ match: { event: 'call', method: 'auth.ImportBotAuthorization' }, action: { kind: 'silence' } })
  const server = await startServerProcess(t, stage)
  await until('the log-in', () => mute.hits > 0)
  for (let i = 0; i < 3; i++) server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })
  t.same(await stage.database.query('SELECT FROM teleferry_bot_sessions WHERE holder IS NOT NULL'), [])
  t.same(await stage.database.query('SELECT FROM teleferry_processes'), [])
})

t.test('interrupted twice while the database is silent, it ends at once', async t => {
  const stage = await setStage(t)
  const proxy = await startMutedProxy(t, stage.database.url)
  const server = await startServerProcess(t, at(stage, proxy.url))
  await server.online()
  proxy.mute()
  server.kill('SIGINT')
  await until('newcomers to be refused', async () => await isRefused(server))
  server.kill('SIGINT')
  t.same(await server.ended, { code: 1, signal: null })
  t.match(server.output(), /second SIGINT/)
})

t.test('killed amid a download, it has sent nothing wrong, and the next process has the rest and what was posted meanwhile', async t => {
  const stage = await setStage(t)
  const first = await startServerProcess(t, stage)
  await first.online()
  const { id, url, file: { content } } = await post(stage, first, { kind: 'video', content: syntheticContent('film', 6_000_001) })
  const slow = stage.sandbox.shape({ match: {}, bytesPerSecond: 1_000_000 })
  const download = get(url)
  await until('the stream', () => callsOf(stage, 'upload.GetFile') > 4)
  first.kill('SIGKILL')
  const { status, complete, body } = await download
  t.same({ status, complete }, { status: 200, complete: false })
  t.equal(difference(body, content.read(0, body.length)), null)
  slow.remove()
  const file = stage.sandbox.file({ kind: 'document', content: syntheticContent('meanwhile', 10) })
  stage.channel.post({ media: file })

  const second = await startServerProcess(t, stage)
  await second.online()
  const rest = await getRange(`${second.address}/download/${id}`, body.length, content.size)
  t.equal(difference(rest.body, content.read(body.length, content.size - body.length)), null)
  await copiesIn(stage.database, uniqueIdOf('document', file), 1)
})
