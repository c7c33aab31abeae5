import pg from 'pg'
import { clientConfig, openClient } from './client.js'
import { LOCK_CLASS, LOCKS } from './locks.js'
import { readMigrations, SQL_FOLDER, type Migration } from './migrations.js'
import type { SslMode } from './tls.js'

/** A newer program has migrated the database. The message says what to do. */
export class DatabaseNewer extends Error {
  readonly code = 'NEWER_DATABASE'
}

export interface MigrateOptions {
  /** Where the `NNNN_name.sql` files lie. Default: the program's own. */
  readonly folder?: string
  readonly sslMode?: SslMode
  /** Told what was applied, and the NOTICEs of the SQL. */
  log (message: string): void
}

/**
 * Brings the database to this program's schema: applies the migrations that it lacks, each in a transaction of its own.
 * Safe to run again, and by several processes at once: one works, the others wait. Returns the names of those applied.
 * Throws when one fails, which then has changed nothing, and DatabaseNewer.
 */
export async function migrate (url: string, options: MigrateOptions, signal?: AbortSignal): Promise<string[]> {
  const { folder = SQL_FOLDER, sslMode, log } = options
  signal?.throwIfAborted()
  const migrations = await readMigrations(folder)
  const client = await openClient(await clientConfig(url, 'teleferry migrate', sslMode, signal), signal)
  const abort = () => { client.end().catch(() => {}) }
  signal?.addEventListener('abort', abort, { once: true })
  try {
    client.on('notice', notice => log(notice.message ?? ''))
    return await applyPending(client, migrations, log)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    await client.end()
  }
}

/** The lock belongs to the session, so it goes with the client whatever happens. */
async function applyPending (client: pg.Client, migrations: readonly Migration[], log: (message: string) => void): Promise<string[]> {
  // A large table takes its time; a role's own limits are meant for other queries.
  await client.query("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = 'notice'")
  await lock(client, log)
  const applied = await readApplied(client)
  refuseNewer(applied, migrations)
  const pending = migrations.filter(({ number }) => !applied.has(number))
  for (const migration of pending) {
    await apply(client, migration)
    log(`applied migration ${migration.name}`)
  }
  return pending.map(({ name }) => name)
}

async function lock (client: pg.Client, log: (message: string) => void): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [LOCK_CLASS, LOCKS.migrate])
  if (rows[0]?.locked) return
  log('another process is migrating the database: waiting for it')
  await client.query('SELECT pg_advisory_lock($1, $2)', [LOCK_CLASS, LOCKS.migrate])
}

async function readApplied (client: pg.Client): Promise<Map<number, string>> {
  const table = await client.query<{ missing: boolean }>("SELECT to_regclass('teleferry_migrations') IS NULL AS missing")
  if (table.rows[0]?.missing) {
    await client.query('CREATE TABLE teleferry_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())')
  }
  const { rows } = await client.query<{ number: number, name: string }>('SELECT number, name FROM teleferry_migrations ORDER BY number')
  return new Map(rows.map(({ number, name }) => [number, name]))
}

function refuseNewer (applied: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ number }) => number))
  const unknown = [...applied].find(([number]) => !known.has(number))
  if (unknown) throw new DatabaseNewer(`the database is newer than this program: it has the migration ${unknown[1]}, and this program's last is ${migrations.at(-1)?.name ?? 'none'}: start the newer Teleferry`)
}

async function apply (client: pg.Client, { number, name, sql }: Migration): Promise<void> {
  try {
    await client.query('BEGIN')
    // A forgotten session that holds the table must not make the start hang without a word.
    await client.query("SET LOCAL lock_timeout = '60s'")
    await client.query('INSERT INTO teleferry_migrations (number, name) VALUES ($1, $2)', [number, name])
    await client.query(sql)
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {})
    throw new Error(`migration ${name} failed and changed nothing: ${explain(cause)}`, { cause })
  }
}

function explain (error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return String(error)
  const held = error.code === '55P03' ? 'End the session that holds a lock on the table, and start again.' : undefined
  return [error.message, error.detail, error.hint ?? held].filter(Boolean).join('. ')
}
