import { sql } from 'kysely'
import type { Db } from '../../database/connect.js'
import { readMigrations, SQL_FOLDER } from '../../database/migrations.js'
import { program } from '../words.js'
import { bad, doubtful, type Finding, good, unknown } from './finding.js'

const about = 'database'

/** The oldest PostgreSQL that is tested. */
const oldestMajor = 15

/** Looks at a database that can be had: its version, and whether its schema is this program's. */
export async function examineDatabase (db: Db): Promise<Finding[]> {
  const { rows: [row] } = await sql<{ version: string, migrated: boolean }>`
    SELECT current_setting('server_version') AS version, to_regclass('teleferry_migrations') IS NOT NULL AS migrated`.execute(db)
  const version = row?.version ?? 'unknown'
  const age = Number.parseInt(version) < oldestMajor
    ? doubtful(about, `PostgreSQL ${version}`, `use PostgreSQL ${oldestMajor} or newer: older ones are not tested`)
    : good(about, `PostgreSQL ${version}`)
  return [age, await examineMigrations(db, row?.migrated ?? false)]
}

async function examineMigrations (db: Db, isMigrated: boolean): Promise<Finding> {
  const known = await readMigrations(SQL_FOLDER)
  const { rows } = isMigrated ? await sql<{ number: number, name: string }>`SELECT number, name FROM teleferry_migrations`.execute(db) : { rows: [] }
  const applied = new Set(rows.map(({ number }) => number))
  const newer = rows.find(({ number }) => !known.some(migration => migration.number === number))
  const pending = known.filter(({ number }) => !applied.has(number))
  if (newer !== undefined) return bad('migrations', `the database is newer than this program: it has ${newer.name}`, 'run the newer Teleferry')
  if (pending.length > 0) return doubtful('migrations', `not applied yet: ${pending.map(({ name }) => name).join(', ')}`, `start the server, which applies them, or run ${program} migrate`)
  return good('migrations', `all ${known.length} are applied`)
}

/** The embedded database is up only while a server runs. */
export const sleepingDatabase = unknown(about, 'the embedded PostgreSQL is not up, since no server runs', 'start the server and ask again')

/** A database that cannot be had, and why. */
export function missingDatabase (reason: string): Finding {
  return bad(about, reason, 'look whether it runs, and whether host, port, user, password and name in DATABASE_URL are right; where it wants TLS, set PGSSLMODE=require, or no-verify on Heroku')
}
