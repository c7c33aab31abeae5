import { sql } from 'kysely'
import type { Db } from '../database/connect.js'

/** Enters a process as one that lives. Those of whom nothing was heard for a day are forgotten. */
export async function enterProcess (db: Db, id: string): Promise<void> {
  await db.deleteFrom('teleferry_processes').where('beat_at', '<', sql<Date>`now() - interval '1 day'`).execute()
  await db.insertInto('teleferry_processes').values({ id }).execute()
}

/** A process's sign of life; false where others have taken it for dead. */
export async function beatProcess (db: Db, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('teleferry_processes')
    .set({ beat: sql<string>`beat + 1`, beat_at: sql<Date>`now()` })
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** A process's last sign of life: a number that rises. */
export interface Beat {
  readonly number: string
  /** Whether the database has served everybody for five seconds without another one coming. */
  readonly isOver: boolean
}

/**
 * The last sign of life of each of these processes, by id. Its age counts only on a server that was started longer ago and has not
 * recovered since: while it recovers from a crash or is a standby it refuses everybody, and whoever is refused counts as alive.
 */
export async function readBeats (db: Db, ids: readonly string[]): Promise<Map<string, Beat>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('teleferry_processes')
    .where('id', 'in', ids)
    .select(['id', 'beat as number'])
    .select(sql<boolean>`greatest(beat_at, pg_postmaster_start_time()) < now() - interval '5 seconds' AND pg_last_wal_replay_lsn() IS NULL`.as('isOver'))
    .execute()
  return new Map(rows.map(({ id, ...beat }) => [id, beat]))
}

/** Takes a process for dead if `beat` still is its last sign of life: what it held is free from then on. */
export async function buryProcess (db: Db, id: string, beat: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('teleferry_processes').where('id', '=', id).where('beat', '=', beat).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Forgets a process that ends; what it held is free. */
export async function leaveProcess (db: Db, id: string): Promise<void> {
  await db.deleteFrom('teleferry_processes').where('id', '=', id).execute()
}

/** How many processes gave a sign of life within the last five seconds. */
export async function countProcesses (db: Db): Promise<number> {
  const { count } = await db.selectFrom('teleferry_processes')
    .where('beat_at', '>', sql<Date>`now() - interval '5 seconds'`)
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
