import { execFileSync } from 'node:child_process'
import { chown, copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import { clientConfig, openClient } from '../../src/database/client.js'
import { connect } from '../../src/database/connect.js'
import { startEmbedded } from '../../src/database/embedded.js'
import { SSL_MODES, type SslMode } from '../../src/database/tls.js'
import { createTestDatabase } from '../fixtures/database.js'
import { startMutedProxy } from './fixtures/muted-proxy.js'

const SELF_SIGNED = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=db.test', '-addext', 'subjectAltName=DNS:localhost']

async function hasTls (t: Test, url: string, sslMode?: SslMode): Promise<boolean> {
  const db = connect(url, { poolSize: 1, applicationName: 'teleferry tls test', ...(sslMode && { sslMode }) })
  t.teardown(async () => { await db.destroy() })
  const { rows } = await sql<{ ssl: boolean }>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`.execute(db)
  return rows[0]?.ssl ?? false
}

/** Gives a server of our own, whose settings can be changed, a certificate for `localhost` that nobody knows. Returns its file. */
async function enableTls (t: Test, url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-tls-'))
  t.teardown(async () => { await rm(folder, { recursive: true }) })
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  execFileSync('openssl', [...SELF_SIGNED, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const dataDir: string = (await admin.query("SELECT current_setting('data_directory') AS dir")).rows[0].dir
  const owner = await stat(dataDir)
  for (const name of ['server.key', 'server.crt']) {
    await copyFile(join(folder, name), join(dataDir, name))
    if (process.getuid?.() === 0) await chown(join(dataDir, name), owner.uid, owner.gid)
  }
  await admin.query('ALTER SYSTEM SET ssl = on')
  await admin.query('SELECT pg_reload_conf()')
  await admin.end()
  await until(async () => await hasTls(t, `${url}?sslmode=require`))
  return certificate
}

function hasOpenssl (): boolean {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
}

async function until (holds: () => Promise<boolean>): Promise<void> {
  while (!await holds().catch(() => false)) await new Promise(resolve => setTimeout(resolve, 20))
}

t.test('each sslmode means what it means to libpq', async t => {
  const server = await startEmbedded({ temporary: true })
  t.teardown(async () => { await server.stop() })
  const url = server.url.replace('127.0.0.1', 'localhost').replace('?sslmode=disable', '')

  await t.test('a server without TLS is reached by the modes that allow it, and by no other', async t => {
    t.equal(await hasTls(t, url), false)
    for (const mode of SSL_MODES) {
      const reached = await hasTls(t, `${url}?sslmode=${mode}`).then(() => true, () => false)
      t.equal(reached, mode === 'disable' || mode === 'prefer', mode)
    }
  })

  await t.test('a server with an unknown certificate', { skip: !hasOpenssl() && 'there is no openssl to make a certificate' }, async t => {
    const trusting = `${url}?sslrootcert=${encodeURIComponent(await enableTls(t, url))}`
    const byAddress = trusting.replace('@localhost', '@127.0.0.1')
    t.equal(await hasTls(t, url), true, 'without a mode TLS is preferred')
    t.equal(await hasTls(t, url, 'disable'), false, 'the mode handed in counts')
    t.equal(await hasTls(t, `${url}?sslmode=require`, 'disable'), true, 'the URL\'s comes first')
    t.equal(await hasTls(t, url, 'prefer'), true)
    t.equal(await hasTls(t, url, 'require'), true, 'require verifies nothing')
    t.equal(await hasTls(t, url, 'no-verify'), true)
    await t.rejects(hasTls(t, url, 'verify-full'), { message: /self.signed/ })
    await t.rejects(hasTls(t, url, 'verify-ca'), { message: /sslrootcert/ })
    t.equal(await hasTls(t, trusting, 'verify-full'), true)
    t.equal(await hasTls(t, byAddress, 'verify-ca'), true, 'verify-ca does not look at the name')
    t.equal(await hasTls(t, byAddress, 'require'), true)
    await t.rejects(hasTls(t, byAddress, 'verify-full'), 'verify-full looks at the name')
    t.equal(await hasTls(t, `${url}?ssl=no-verify`), true, 'node-postgres\' own parameter works as ever')
  })
})

t.test('a wrong URL is refused without showing it', async t => {
  for (const url of ['postgres://user:hunter2@host:port/name', 'postgres://user:hunter2@host/name?sslmode=maybe']) {
    const failure = await hasTls(t, url).catch(String)
    t.match(failure, /database URL/)
    t.notMatch(failure, /hunter2/)
  }
})

t.test('a connection that breaks while idle is replaced, and the process lives', async t => {
  const { url, query } = await createTestDatabase(t)
  const said: string[] = []
  const db = connect(url, { poolSize: 2, applicationName: 'to be cut', log: line => said.push(line) })
  t.teardown(async () => { await db.destroy() })
  const alive = async () => (await sql<{ one: number }>`SELECT 1 AS one`.execute(db)).rows
  await alive()
  await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to be cut'")
  await until(async () => said.length > 0)
  t.match(said, [/idle database connection broke/])
  t.same(await alive(), [{ one: 1 }])
})

t.test('a connection that breaks while it is lent fails its transaction, and the process lives', async t => {
  const { url, query } = await createTestDatabase(t)
  const db = connect(url, { poolSize: 1, applicationName: 'to be cut' })
  t.teardown(async () => { await db.destroy() })
  const others = async () => await query("SELECT FROM pg_stat_activity WHERE application_name = 'to be cut'")
  await t.rejects(db.transaction().execute(async transaction => {
    await sql`SELECT 1`.execute(transaction)
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to be cut'")
    await until(async () => (await others()).length === 0)
    await sql`SELECT 1`.execute(transaction)
  }))
  t.same((await sql<{ one: number }>`SELECT 1 AS one`.execute(db)).rows, [{ one: 1 }])
})

t.test('a database that goes silent', async t => {
  const database = await createTestDatabase(t)
  const open = async (t: Test) => {
    const proxy = await startMutedProxy(t, database.url)
    const db = connect(proxy.url, { poolSize: 1, applicationName: 'teleferry silence test', patienceMs: 500 })
    t.teardown(async () => { await db.destroy() })
    const alive = async () => (await sql<{ one: number }>`SELECT 1 AS one`.execute(db)).rows
    t.same(await alive(), [{ one: 1 }])
    return { proxy, db, alive }
  }

  await t.test('a connection on which no answer came is not used again', async t => {
    const { proxy, alive } = await open(t)
    proxy.mute()
    await t.rejects(alive(), { message: 'Query read timeout' })
    t.same(await alive(), [{ one: 1 }], 'over another one')
  })

  await t.test('a transaction that begins when nobody waits for it any more swallows nothing', async t => {
    const { proxy, db } = await open(t)
    await database.query('CREATE TABLE kept (id INTEGER)')
    proxy.mute()
    await t.rejects(db.transaction().execute(async transaction => { await sql`SELECT 1`.execute(transaction) }))
    proxy.unmute()
    await sql`INSERT INTO kept VALUES (1)`.execute(db)
    t.same(await database.query('SELECT id FROM kept'), [{ id: 1 }])
  })
})

t.test('a statement has a limit, and a waiting transaction too', async t => {
  const { db } = await createTestDatabase(t)
  const { rows } = await sql`SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle`.execute(db)
  t.same(rows, [{ statement: '15s', idle: '15s' }])
})

t.test('64-bit numbers arrive whole', async t => {
  const { db } = await createTestDatabase(t)
  const { rows } = await sql`SELECT 9007199254740993::bigint AS id`.execute(db)
  t.same(rows, [{ id: '9007199254740993' }])
})

t.test('a password that is missing is told in words for people', async t => {
  const server = await startEmbedded({ temporary: true })
  t.teardown(async () => { await server.stop() })
  const url = new URL(server.url)
  url.password = ''
  await t.rejects(clientConfig(url.href, 'test').then(openClient), { code: 'NO_DATABASE', message: /^cannot connect to the database "\w+" at 127\.0\.0\.1:\d+: the server wants a password, and the URL has none: check DATABASE_URL$/ })
})

t.test('the password may be in PGPASSWORD, with any characters', async t => {
  const server = await startEmbedded({ temporary: true })
  t.teardown(async () => { await server.stop() })
  const password = 'a@b/c#d?e%'
  const admin = await openClient(await clientConfig(server.url, 'test'))
  await admin.query(`ALTER ROLE teleferry PASSWORD '${password}'`)
  await admin.end()
  const url = new URL(server.url)
  url.password = ''
  process.env['PGPASSWORD'] = password
  t.teardown(() => { delete process.env['PGPASSWORD'] })
  t.equal(await hasTls(t, url.href), false)
})
