import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { BotId, MediaId } from '../media.js'

/** A bot that claimed a file and has not copied it by then is taken to have died. */
const ABANDONED = sql<Date>`now() - interval '5 minutes'`

/**
 * Whether this bot is the one to copy a file to the storage chat: true for the first bot that asks, and whenever that
 * one asks again. A claim on which nothing followed for five minutes goes to whoever asks next.
 */
export async function claimStorageCopy (db: Db, id: MediaId, botId: BotId): Promise<boolean> {
  const row = await db.insertInto('teleferry_storage_copies')
    .values({ unique_file_id: id, bot_id: botId })
    .onConflict(conflict => conflict.column('unique_file_id')
      .doUpdateSet({ bot_id: botId, claimed_at: sql<Date>`now()` })
      .where(({ eb, or, and }) => or([
        eb('teleferry_storage_copies.bot_id', '=', botId),
        and([eb('teleferry_storage_copies.message_id', 'is', null), eb('teleferry_storage_copies.claimed_at', '<', ABANDONED)])
      ])))
    .returning('bot_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Notes the message in the storage chat that holds the copy. */
export async function noteStorageCopy (db: Db, id: MediaId, messageId: number): Promise<void> {
  await db.updateTable('teleferry_storage_copies').set({ message_id: messageId }).where('unique_file_id', '=', id).execute()
}

/** Forgets that a file was copied, so that it will be again. */
export async function forgetStorageCopy (db: Db, id: MediaId): Promise<void> {
  await db.deleteFrom('teleferry_storage_copies').where('unique_file_id', '=', id).execute()
}
