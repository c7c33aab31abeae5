import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { findMedia } from '../../src/catalogue/media-files.js'
import { migrate } from '../../src/database/migrate.js'
import { readMigrations, SQL_FOLDER } from '../../src/database/migrations.js'
import type { MediaId } from '../../src/media.js'
import { createTestDatabase } from '../fixtures/database.js'
import { startSilentDatabase } from './fixtures/silent-database.js'

/** The names of the program's migrations, in order. */
const ALL = (await readMigrations(SQL_FOLDER)).map(({ name }) => name)

const COLUMNS = [
  ['unique_file_id', 'text'], ...Array.from({ length: 11 }, (_, index) => [`b_${index + 1}`, 'text']),
  ['file_name', 'text'], ['file_size', 'bigint'], ['mime_type', 'text'],
  ['created_at', 'timestamp with time zone'], ['updated_at', 'timestamp with time zone']
]

/** A database with what another program left there, and what migrating it says. */
async function adopt (t: Test, existing: string) {
  const database = await createTestDatabase(t, { migrated: false })
  await database.query(existing)
  const said: string[] = []
  const run = async () => await migrate(database.url, { log: line => said.push(line) })
  const columns = async () => (await database.query<{ name: string, type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'media_files'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`)).map(({ name, type }) => [name, type])
  const upsert = async (id: string) => await database.query(
    `INSERT INTO media_files (unique_file_id, b_2, b_11, file_name, file_size, mime_type) VALUES ($1, 'two', NULL, $2, 4194304000, 'video/mp4')
     ON CONFLICT (unique_file_id) DO UPDATE SET b_2 = excluded.b_2, file_name = excluded.file_name, file_size = excluded.file_size`, [id, 'x'.repeat(600)])
  return { ...database, said, run, columns, upsert }
}

t.test('an empty database gets the contract\'s table, and the second run does nothing', async t => {
  const { run, columns, said } = await adopt(t, 'SELECT')
  t.same(await run(), ALL)
  t.same(await columns(), COLUMNS)
  t.notOk(said.some(line => /widened|added|gave/.test(line)), 'there was nothing to adopt')
  t.same(await run(), [])
})

t.test('an INTEGER size becomes BIGINT with its rows, and the log says so', async t => {
  const { run, columns, said, query, upsert } = await adopt(t, `
    CREATE TABLE media_files (unique_file_id TEXT PRIMARY KEY, b_1 TEXT, b_2 TEXT, file_name TEXT, file_size INTEGER, mime_type TEXT, created_at TIMESTAMP DEFAULT now(), updated_at TIMESTAMP);
    INSERT INTO media_files VALUES ('a', 'one', NULL, 'n', 2147483647, 'm', '2020-01-02 03:04:05', '2021-01-02 03:04:05')`)
  await run()
  t.ok(said.includes('widened media_files.file_size from integer to bigint'), said.join('\n'))
  t.same((await columns()).filter(([name]) => /_at|size/.test(name ?? '')), [['file_size', 'bigint'], ['created_at', 'timestamp without time zone'], ['updated_at', 'timestamp without time zone']])
  t.match(await query('SELECT b_1, file_size, created_at::text AS created, updated_at::text AS updated FROM media_files'), [{ b_1: 'one', file_size: '2147483647', created: '2020-01-02 03:04:05', updated: '2021-01-02 03:04:05' }])
  await upsert('b')
  t.same(await query("SELECT file_size, updated_at IS NOT NULL AS dated FROM media_files WHERE unique_file_id = 'b'"), [{ file_size: '4194304000', dated: true }])
})

t.test('a time without a zone means the same moment to us as to the session that wrote it', async t => {
  const { run, query, db } = await adopt(t, 'CREATE TABLE media_files (unique_file_id TEXT PRIMARY KEY, created_at TIMESTAMP)')
  await run()
  await query("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Kolkata''', current_database()); END $$")
  await query("SET timezone = 'Asia/Kolkata'; INSERT INTO media_files (unique_file_id, created_at) VALUES ('a', '2020-01-01 05:30:00')")
  t.equal((await findMedia(db, 'a' as MediaId))?.file.createdAt.toISOString(), '2020-01-01T00:00:00.000Z')
})

t.test('narrow columns are widened and missing ones added; its own columns stay', async t => {
  const { run, columns, said, query, upsert } = await adopt(t, `
    CREATE TABLE media_files (unique_file_id VARCHAR(64) PRIMARY KEY, b_1 VARCHAR(128), b_2 CHAR(200), file_name VARCHAR(255), file_size SMALLINT, mime_type VARCHAR, views INTEGER DEFAULT 7, note TEXT);
    INSERT INTO media_files (unique_file_id, b_1, file_size, note) VALUES ('a', 'one', 12, 'keep')`)
  await run()
  const types = new Map((await columns()).map(([name, type]) => [name, type]))
  t.same(COLUMNS.filter(([name, type]) => types.get(name) !== type).map(([name]) => name), ['mime_type'], 'VARCHAR without a limit is wide enough')
  t.equal(types.get('views'), 'integer')
  t.ok(said.includes('widened media_files.file_name from character varying(255) to text'))
  t.ok(said.includes('added media_files.b_11'))
  await upsert('a')
  t.match(await query('SELECT b_1, b_2, views, note, file_size, created_at IS NOT NULL AS dated FROM media_files'), [{ b_1: 'one', b_2: 'two', views: 7, note: 'keep', file_size: '4194304000', dated: true }])
  t.same(await run(), [])
})

t.test('values that we do not have may be missing from then on', async t => {
  const { run, upsert, said } = await adopt(t, `
    CREATE TABLE media_files (id SERIAL PRIMARY KEY, unique_file_id TEXT NOT NULL UNIQUE, b_1 TEXT NOT NULL DEFAULT '', b_2 TEXT NOT NULL, file_name TEXT NOT NULL, file_size BIGINT NOT NULL, uploader BIGINT NOT NULL, kind TEXT NOT NULL DEFAULT 'x')`)
  await run()
  await upsert('a')
  await t.resolves(upsert('a'), 'UNIQUE is key enough for an upsert')
  t.same(said.filter(line => line.includes('NULL')), ['media_files.b_1 may be NULL from now on', 'media_files.b_2 may be NULL from now on', 'media_files.uploader may be NULL from now on'])
})

t.test('a table without a primary key gets one', async t => {
  const { run, upsert, query } = await adopt(t, "CREATE TABLE media_files (unique_file_id TEXT, file_size BIGINT); INSERT INTO media_files VALUES ('a', 1), ('b', 2)")
  await run()
  await upsert('a')
  t.same(await query('SELECT unique_file_id AS id, file_size AS size FROM media_files ORDER BY 1'), [{ id: 'a', size: '4194304000' }, { id: 'b', size: '2' }])
})

t.test('a table with another primary key gets a unique key too', async t => {
  const { run, upsert, query } = await adopt(t, 'CREATE TABLE media_files (id BIGSERIAL PRIMARY KEY, unique_file_id TEXT)')
  await run()
  await upsert('a')
  await upsert('a')
  t.same(await query('SELECT count(*)::int AS rows FROM media_files'), [{ rows: 1 }])
})

t.test('what cannot be adopted is refused with the remedy, and nothing has changed', async t => {
  const cases: Array<[string, string, RegExp]> = [
    ['duplicates', "CREATE TABLE media_files (unique_file_id TEXT, file_size INTEGER); INSERT INTO media_files SELECT 'id' || i % 7, 1 FROM generate_series(1, 20) AS i",
      /more than one row for 7 file\(s\), among them id0, id1, id2, id3, id4\. Keep one row/],
    ['rows without an id', 'CREATE TABLE media_files (unique_file_id TEXT, file_size INTEGER); INSERT INTO media_files VALUES (NULL, 1)', /without a unique_file_id\. Delete them/],
    ['no id at all', 'CREATE TABLE media_files (id SERIAL)', /no column unique_file_id.*Rename it/],
    ['a view', "CREATE VIEW media_files AS SELECT 'a' AS unique_file_id", /not a table.*Rename it/],
    ['a type of another kind', 'CREATE TABLE media_files (unique_file_id TEXT PRIMARY KEY, file_size JSONB)', /file_size is of type jsonb, where bigint is needed/],
    ['a key that we cannot fill', 'CREATE TABLE media_files (unique_file_id TEXT, chat_id BIGINT, PRIMARY KEY (unique_file_id, chat_id))', /primary key of media_files contains chat_id/],
    ['a view on what must be widened', 'CREATE TABLE media_files (unique_file_id TEXT PRIMARY KEY, file_size INTEGER); CREATE VIEW sizes AS SELECT file_size FROM media_files', /view sizes/]
  ]
  for (const [title, existing, message] of cases) {
    const { run, query } = await adopt(t, existing)
    await t.rejects(run(), { message }, title)
    t.same(await query('SELECT count(*)::int AS applied FROM teleferry_migrations'), [{ applied: 0 }])
    t.same(await query("SELECT count(*)::int AS added FROM pg_attribute WHERE attrelid = 'media_files'::regclass AND attname IN ('b_1', 'b_11')"), [{ added: 0 }])
  }
})

t.test('a table in another schema of the search path is the one that is adopted', async t => {
  const { run, query } = await adopt(t, `
    CREATE SCHEMA mine; CREATE TABLE public.media_files (unique_file_id TEXT PRIMARY KEY, file_size INTEGER);
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = mine, public', current_database()); END $$`)
  await run()
  t.same(await query("SELECT table_schema FROM information_schema.columns WHERE table_name = 'media_files' AND column_name = 'b_11'"), [{ table_schema: 'public' }])
})

t.test('several at once: each migration is applied once', async t => {
  const { url, query } = await adopt(t, 'CREATE TABLE media_files (unique_file_id TEXT PRIMARY KEY, file_size INTEGER)')
  const applied = await Promise.all([1, 2, 3, 4].map(async () => await migrate(url, { log: () => {} })))
  t.same(applied.flat().sort(), ALL)
  t.same(await query('SELECT count(*)::int AS applied FROM teleferry_migrations'), [{ applied: ALL.length }])
})

t.test('who has to wait for another one says so, and stops when no longer wanted', async t => {
  const { url } = await adopt(t, 'SELECT')
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  t.teardown(async () => { await holder.end() })
  await holder.query('SELECT pg_advisory_lock(1413827653, 1)')
  const stop = new AbortController()
  const migrating = migrate(url, { log: line => { if (line.includes('waiting')) stop.abort(new Error('enough')) } }, stop.signal)
  await t.rejects(migrating, { message: 'enough' })
})

t.test('a database that says nothing is not waited for when it is no longer wanted, with TLS or without', async t => {
  const silent = await startSilentDatabase(t)
  for (const sslMode of ['prefer', 'require', 'disable'] as const) {
    const stop = new AbortController()
    const connected = silent.connection()
    const migrating = migrate(silent.url, { sslMode, log: () => {} }, stop.signal)
    await Promise.race([connected, migrating])
    stop.abort(new Error('enough'))
    await t.rejects(migrating, { message: 'enough' }, sslMode)
  }
})

t.test('a migration that fails leaves nothing, and those before it stay', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-sql-'))
  t.teardown(async () => { await rm(folder, { recursive: true }) })
  await cp(SQL_FOLDER, folder, { recursive: true })
  await writeFile(join(folder, '9998_broken.sql'), 'CREATE TABLE half (); SELECT 1 / 0;')
  const { url, query } = await adopt(t, 'SELECT')
  await t.rejects(migrate(url, { folder, log: () => {} }), { message: /9998_broken failed and changed nothing: division by zero/ })
  t.same(await query("SELECT to_regclass('half') AS half, to_regclass('media_files')::text AS media_files"), [{ half: null, media_files: 'media_files' }])
})

t.test('a database that a newer program migrated is refused', async t => {
  const { run, query } = await adopt(t, 'SELECT')
  await run()
  await query("INSERT INTO teleferry_migrations (number, name) VALUES (999, '0999_tomorrow')")
  await t.rejects(run(), { message: /newer than this program: it has the migration 0999_tomorrow.*start the newer Teleferry/ })
})

t.test('a database that cannot be reached is named without its password', async t => {
  const failure = await migrate('postgres://someone:hunter2@127.0.0.1:1/nowhere', { log: () => {} }).catch(String)
  t.match(failure, /cannot connect to the database "nowhere" at 127.0.0.1:1: .*ECONNREFUSED.*: check DATABASE_URL/)
  t.notMatch(failure, /hunter2/)
})
