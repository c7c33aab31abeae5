import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { BotId } from '../media.js'

/** A bot's stored session, as it was given; `null` where there is none. */
export async function loadSession (db: Db, botId: BotId): Promise<Uint8Array | null> {
  const row = await db.selectFrom('teleferry_bot_sessions').select('data').where('bot_id', '=', botId).executeTakeFirst()
  return row?.data ?? null
}

/** Stores a bot's session in place of the one before. */
export async function saveSession (db: Db, botId: BotId, data: Uint8Array): Promise<void> {
  const row = { data: Buffer.from(data) }
  await db.insertInto('teleferry_bot_sessions')
    .values({ bot_id: botId, ...row })
    .onConflict(conflict => conflict.column('bot_id').doUpdateSet({ ...row, updated_at: sql<Date>`now()` }))
    .execute()
}

/** Forgets a bot's session. */
export async function removeSession (db: Db, botId: BotId): Promise<void> {
  await db.deleteFrom('teleferry_bot_sessions').where('bot_id', '=', botId).execute()
}
