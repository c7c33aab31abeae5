import pg from 'pg'
import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startMutedProxy } from '../database/fixtures/muted-proxy.js'
import { urlFor } from '../fixtures/database.js'
import { difference, get } from './fixtures/http.js'
import { isRefused, type ServerProcess, startServerProcess } from './fixtures/processes.js'
import { callsOf, post, setStage, type Posted, type Stage } from './fixtures/story.js'
import { until } from './fixtures/until.js'

interface Scene { readonly stage: Stage, readonly server: ServerProcess, readonly posted: Posted, readonly download: ReturnType<typeof get>, quicken (): void }

/** A server that is in the middle of a long download. */
async function inTheMiddle (t: Parameters<typeof setStage>[0], grace: string, headers: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const stage = await setStage(t)
  const server = await startServerProcess(t, stage, { SHUTDOWN_GRACE: grace })
  await server.online()
  const posted = await post(stage, server, { kind: 'video', content: syntheticContent('film', 6_000_001) })
  const slow = stage.sandbox.shape({ match: {}, bytesPerSecond: 200_000 })
  const download = get(posted.url, { headers })
  await until('the stream', () => callsOf(stage, 'upload.GetFile') > 2)
  return { stage, server, posted, download, quicken: slow.remove }
}

t.test('told to stop, it refuses newcomers and lets downloads end; being told again changes nothing', async t => {
  const { stage, server, posted, download, quicken } = await inTheMiddle(t, '60')
  server.kill('SIGTERM')
  await until('newcomers to be refused', () => isRefused(server))
  for (let i = 0; i < 3; i++) server.kill('SIGTERM')
  quicken()
  const { body, complete } = await download
  t.ok(complete)
  t.equal(difference(body, posted.file.content.read(0, posted.file.content.size)), null)
  t.same(await server.ended, { code: 0, signal: null })
  t.same(await stage.database.query('SELECT FROM teleferry_processes'), [])
})

t.test('a download of several parts keeps its bots from part to part, and ends, too', async t => {
  const { server, posted: { file: { content } }, download, quicken } = await inTheMiddle(t, '60', { range: 'bytes=0-2999999,5000000-5999999' })
  server.kill('SIGTERM')
  await until('newcomers to be refused', () => isRefused(server))
  quicken()
  const { status, complete, body } = await download
  t.same({ status, complete }, { status: 206, complete: true })
  for (const [start, length] of [[0, 3_000_000], [5_000_000, 1_000_000]] as const) t.ok(body.includes(Buffer.from(content.read(start, length))), `the part from ${start}`)
  t.same(await server.ended, { code: 0, signal: null })
})

t.test('downloads that take longer than the grace are cut short, so that clients notice, and the leases are given back', async t => {
  const { stage, server, download } = await inTheMiddle(t, '1')
  server.kill('SIGTERM')
  const { status, complete } = await download
  t.same({ status, complete }, { status: 200, complete: false })
  t.same(await server.ended, { code: 0, signal: null })
  t.same(await stage.database.query('SELECT holder FROM teleferry_bot_sessions'), [{ holder: null }])
  t.same(await stage.database.query('SELECT FROM teleferry_processes'), [])
})

t.test('interrupted twice, it ends at once', async t => {
  const { server, download } = await inTheMiddle(t, '3600')
  server.kill('SIGINT')
  await until('newcomers to be refused', () => isRefused(server))
  server.kill('SIGINT')
  t.equal((await download).complete, false)
  t.same(await server.ended, { code: 1, signal: null })
})

t.test('without a database it ends, too, and says what becomes of its leases', async t => {
  const stage = await setStage(t)
  const server = await startServerProcess(t, stage)
  await server.online()
  await closeDatabase(new URL(stage.database.url).pathname.slice(1))
  server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })
  t.match(server.output(), /could not be given back/)
})

t.test('where the database has fallen silent, and an answer waits for a bot that cannot log in, it ends in order all the same', async t => {
  const stage = await setStage(t)
  const proxy = await startMutedProxy(t, stage.database.url)
  const server = await startServerProcess(t, { ...stage, database: { ...stage.database, url: proxy.url } }, { SHUTDOWN_GRACE: '1', LOG_LEVEL: 'info' })
  await server.online()
  const [bot] = stage.bots
  stage.sandbox.faults.add({ match: { event: 'call', method: 'messages.SendMessage' }, action: { kind: 'silence' } })
  stage.sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'silence' } })
  stage.user.startChat(bot!)
  stage.user.sendTo(bot!, { text: 'are you there?' })
  await until('the answer', () => callsOf(stage, 'messages.SendMessage') > 0)
  proxy.mute()
  stage.sandbox.disconnect({})
  server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })
  t.match(server.output(), /left behind/)
  t.notMatch(server.output(), /killed by timeout/)
})

t.test('told to stop while it still starts, it ends as well as later', async t => {
  const stage = await setStage(t)
  const other = new pg.Client({ connectionString: stage.database.url })
  await other.connect()
  t.teardown(async () => { await other.end() })
  await other.query('SELECT pg_advisory_lock(1413827653, 1)')
  const server = await startServerProcess(t, stage)
  await server.says(/another process is migrating the database: waiting/)
  server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })
  t.notMatch(server.output(), /could not start/)
})

/** Ends all connections to a database, and lets nobody in any more. */
async function closeDatabase (name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: urlFor('postgres') })
  await admin.connect()
  await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
  await admin.end()
}
