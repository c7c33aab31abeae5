import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { BotId } from '../media.js'

/** One of a bot's sessions while a process holds it. */
export interface HeldSession {
  readonly botId: BotId
  readonly number: number
  /** The process's id. */
  readonly holder: string
}

/** A session that was just leased, and what it holds; `null`: nothing yet. */
export type TakenSession = HeldSession & { readonly data: Uint8Array | null }

/**
 * Leases a free session of the bot to a process: one that has logged in before where there is one, the first one where the
 * bot has none at all; `null` where all are held. Rejects where the process was taken for dead.
 */
export async function takeSession (db: Db, botId: BotId, holder: string): Promise<TakenSession | null> {
  return await takeFree(db, botId, holder) ?? await makeFirst(db, botId, holder)
}

async function takeFree (db: Db, botId: BotId, holder: string): Promise<TakenSession | null> {
  const free = db.selectFrom('teleferry_bot_sessions')
    .where('bot_id', '=', botId)
    .where('holder', 'is', null)
    .select('number')
    .orderBy(sql`data IS NULL`)
    .orderBy('number')
    .limit(1)
    .forUpdate()
    // Whoever else wants one at this moment takes the next.
    .skipLocked()
  const row = await db.updateTable('teleferry_bot_sessions')
    .set({ holder })
    .where('bot_id', '=', botId)
    .where('number', '=', free)
    .where('holder', 'is', null)
    .returning(['number', 'data'])
    .executeTakeFirst()
  return row === undefined ? null : { botId, holder, ...row }
}

async function makeFirst (db: Db, botId: BotId, holder: string): Promise<TakenSession | null> {
  return await insert(db, botId, holder, sql<number>`1`)
}

/** Makes another session of the bot, held by this process and empty; `null` where somebody made one at the same moment. */
export async function makeSession (db: Db, botId: BotId, holder: string): Promise<TakenSession | null> {
  return await insert(db, botId, holder, sql<number>`(SELECT COALESCE(max(number), 0) + 1 FROM teleferry_bot_sessions WHERE bot_id = ${botId})`)
}

async function insert (db: Db, botId: BotId, holder: string, number: ReturnType<typeof sql<number>>): Promise<TakenSession | null> {
  const row = await db.insertInto('teleferry_bot_sessions')
    .values({ bot_id: botId, number, holder, data: null })
    .onConflict(conflict => conflict.columns(['bot_id', 'number']).doNothing())
    .returning('number')
    .executeTakeFirst()
  return row === undefined ? null : { botId, holder, number: row.number, data: null }
}

/** The processes that hold the bot's sessions. */
export async function findHolders (db: Db, botId: BotId): Promise<string[]> {
  const rows = await db.selectFrom('teleferry_bot_sessions').where('bot_id', '=', botId).where('holder', 'is not', null).select('holder').execute()
  return rows.flatMap(({ holder }) => holder ?? [])
}

/** Stores what a held session holds now; false, and nothing is stored, where it is held by this process no longer. */
export async function saveSession (db: Db, session: HeldSession, data: Uint8Array): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('teleferry_bot_sessions')
    .set({ data: Buffer.from(data), updated_at: sql<Date>`now()` })
    .where('bot_id', '=', session.botId)
    .where('number', '=', session.number)
    .where('holder', '=', session.holder)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Forgets a held session. */
export async function removeSession (db: Db, { botId, number, holder }: HeldSession): Promise<void> {
  await db.deleteFrom('teleferry_bot_sessions').where('bot_id', '=', botId).where('number', '=', number).where('holder', '=', holder).execute()
}

/** Ends a lease: whoever asks next gets the session. */
export async function giveBackSession (db: Db, { botId, number, holder }: HeldSession): Promise<void> {
  await db.updateTable('teleferry_bot_sessions')
    .set({ holder: null })
    .where('bot_id', '=', botId)
    .where('number', '=', number)
    .where('holder', '=', holder)
    .execute()
}
