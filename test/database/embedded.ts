import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t, { type Test } from 'tap'
import { startEmbedded } from '../../src/database/embedded.js'
import { prepareBinaries } from '../../src/database/embedded/binaries.js'
import { markAsOurs } from '../../src/database/embedded/leftover.js'
import { findOwner, runAs } from '../../src/database/embedded/owner.js'
import { findPackage } from '../../src/database/embedded/package.js'

const isRoot = process.getuid?.() === 0
const isWindows = process.platform === 'win32'

async function withClient<T> (url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const ask = async (url: string, sql: string) => await withClient(url, async client => Object.values((await client.query(sql)).rows[0] ?? {})[0])
const answers = async (url: string) => await ask(url, 'SELECT 1').then(() => true, () => false)
const exists = async (path: string) => await stat(path).then(() => true, () => false)

/** Waits for something that another process does. The test's own limit ends it. */
async function until (holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise(resolve => setTimeout(resolve, 20))
}

async function makeFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-embedded-'))
  await chmod(folder, 0o755)
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  return folder
}

async function start (t: Test, options: Parameters<typeof startEmbedded>[0]) {
  const server = await startEmbedded(options)
  t.teardown(async () => { await server.stop() })
  return server
}

/** Another process that has started a server. */
async function startElsewhere (t: Test, ...parameters: string[]) {
  const script = fileURLToPath(new URL('fixtures/start-embedded.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, script, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  const [url] = await once(createInterface({ input: child.stdout }), 'line')
  return { url: String(url), pid: child.pid ?? 0, kill: async () => { child.kill('SIGKILL'); await once(child, 'exit') } }
}

/** The process that waits beside another one for that to die. */
async function findWatchdog (parentPid: number): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const [command, status] = await Promise.all(['cmdline', 'status'].map(async name => await readFile(`/proc/${entry}/${name}`, 'utf8').catch(() => '')))
    if (command?.includes('teleferry-watchdog') && status?.includes(`PPid:\t${parentPid}\n`)) return Number(entry)
  }
  throw new Error('nobody watches')
}

t.test('a temporary server runs, and leaves nothing when it stops, which waits for nobody', async t => {
  const server = await startEmbedded({ temporary: true })
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  const cut = new Promise(resolve => client.once('end', resolve))
  await client.connect()
  const dataDir = String(await ask(server.url, "SELECT current_setting('data_directory')"))
  t.match(await ask(server.url, 'SELECT version()'), /PostgreSQL 18/)
  t.equal(await ask(server.url, "SELECT current_setting('listen_addresses')"), '127.0.0.1')
  await server.stop()
  await cut
  t.equal(await answers(server.url), false)
  t.equal(await exists(join(dataDir, '../..')), false)
})

t.test('the lives of one folder', async t => {
  const dataDir = await makeFolder(t)
  const first = await startEmbedded({ dataDir })
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()

  await t.test('its data last, and its password is its own', async t => {
    const server = await start(t, { dataDir })
    t.equal(await ask(server.url, 'SELECT answer FROM kept'), 42)
    t.equal((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o077, 0)
    await t.rejects(ask(server.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1'), { message: /password authentication failed/ })
  })

  await t.test('two processes do not share it: the second is told so, and the first goes on; when that is killed, it is free', async t => {
    const other = await startElsewhere(t, dataDir)
    await t.rejects(startEmbedded({ dataDir }), { message: /in use by another Teleferry process: stop that one, or give this one another DATA_DIR/ })
    t.equal(await answers(other.url), true)
    await other.kill()
    const server = await start(t, { dataDir })
    t.equal(await ask(server.url, 'SELECT answer FROM kept'), 42)
  })

  await t.test('a server that was left behind nevertheless is stopped and replaced', { skip: process.platform !== 'linux' && 'needs /proc' }, async t => {
    const other = await startElsewhere(t, dataDir)
    process.kill(await findWatchdog(other.pid), 'SIGKILL')
    await other.kill()
    t.equal(await answers(other.url), true)
    let marking: Promise<unknown> | undefined
    const server = await start(t, { dataDir, log: line => { if (line.includes('left behind')) marking = markAsOurs(other.url, dataDir).catch(error => error) } })
    t.match(await marking, { code: 'DATA_IN_USE' }, 'it is said, and nobody gets it as theirs while it is being stopped')
    t.equal(await ask(server.url, 'SELECT answer FROM kept'), 42)
    t.equal(await answers(other.url), false)
  })

  await t.test('data of another version are refused with the remedy', async t => {
    await writeFile(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '17\n')
    await t.rejects(startEmbedded({ dataDir }), { message: /written by PostgreSQL 17, and this is PostgreSQL 18: move the data with pg_dump/ })
  })
})

t.test('of two that start at once on one new folder, one starts', async t => {
  const dataDir = await makeFolder(t)
  const outcomes = await Promise.allSettled([1, 2].map(async () => await startEmbedded({ dataDir })))
  const servers = outcomes.flatMap(outcome => outcome.status === 'fulfilled' ? [outcome.value] : [])
  t.teardown(async () => { await Promise.all(servers.map(async server => { await server.stop() })) })
  t.equal(servers.length, 1)
  t.equal(await answers(servers[0]?.url ?? ''), true)
  t.match(outcomes.filter(({ status }) => status === 'rejected'), [{ reason: { message: /in use/ } }])
  t.same(await readdir(dataDir), ['postgres'])
})

t.test('a server whose process is killed ends too, and a temporary one\'s folder goes', { skip: isWindows && 'nobody watches on Windows' }, async t => {
  const other = await startElsewhere(t)
  const folder = join(String(await ask(other.url, "SELECT current_setting('data_directory')")), '../..')
  t.equal(await exists(folder), true)
  await other.kill()
  await until(async () => !await exists(folder))
  t.equal(await answers(other.url), false)
})

t.test('a start that is given up leaves nothing', async t => {
  const dataDir = await makeFolder(t)
  await t.rejects(startEmbedded({ dataDir }, AbortSignal.abort(new Error('no longer wanted'))))
  const stop = new AbortController()
  const starting = startEmbedded({ dataDir }, stop.signal)
  await until(async () => (await readdir(dataDir)).length > 0)
  stop.abort(new Error('no longer wanted'))
  await t.rejects(starting)
  t.same(await readdir(dataDir), [])
})

t.test('as root, in a folder that only root may enter, the data lie where the server\'s user gets', { skip: !isRoot && 'needs root' }, async t => {
  const closed = await makeFolder(t)
  await chmod(closed, 0o700)
  const dataDir = join(closed, 'data')
  const said: string[] = []
  const first = await startEmbedded({ dataDir, log: line => said.push(line) })
  const place = String(await ask(first.url, "SELECT current_setting('data_directory')"))
  t.teardown(async () => { await rm(join(place, '../..'), { recursive: true, force: true }) })
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  t.match(place, /^\/var\/lib\/teleferry\//)
  t.ok(said.some(line => line.includes(place)), said.join('\n'))
  t.equal(await exists(dataDir), false, 'no empty folder is left there')
  await chmod(closed, 0o755)
  const second = await start(t, { dataDir })
  t.equal(await ask(second.url, 'SELECT answer FROM kept'), 42, 'the data are found again, also when the folder has been opened')
})

t.test('as root, programs that the server\'s user cannot reach are copied once, with the links that npm does not pack', { skip: !isRoot && 'needs root' }, async t => {
  const closed = await makeFolder(t)
  await chmod(closed, 0o700)
  const root = await makeFolder(t)
  const source = { ...await findPackage(), version: 'copied' }
  await cp(source.nativeDir, join(closed, 'native'), { recursive: true, verbatimSymlinks: true, filter: async path => !(await stat(path)).isSymbolicLink() })
  const owner = await findOwner()
  const binaries = await prepareBinaries({ ...source, nativeDir: join(closed, 'native') }, root, owner)
  t.equal(binaries.postgres, join(root, 'postgres-copied', 'bin', 'postgres'))
  t.match(await runAs(owner, binaries.pgCtl, ['--version']), /18/)
  const before = await stat(binaries.postgres)
  await prepareBinaries({ ...source, nativeDir: join(closed, 'native') }, root, owner)
  t.equal((await stat(binaries.postgres)).ino, before.ino)
  t.equal(before.uid, 0, 'nobody else may change them')
  t.same(await readdir(root), ['postgres-copied'])
})

t.test('nothing of our environment reaches the server\'s programs', { skip: isWindows && 'needs a shell' }, async t => {
  process.env['TELEFERRY_TEST_SECRET'] = 'hunter2'
  t.teardown(() => { delete process.env['TELEFERRY_TEST_SECRET'] })
  t.notMatch(await runAs(await findOwner(), '/bin/sh', ['-c', 'export']), /hunter2/)
})
