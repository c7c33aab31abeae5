import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { BotId, ChatId } from '../media.js'

/** What was last seen of a bot's rights in the storage chat. `problem`: what is wrong, for people; `null`: nothing. */
export interface SeenRights {
  readonly botId: BotId
  readonly problem: string | null
  readonly checkedAt: Date
}

/** Notes whether a bot may do in the storage chat what it must. Resolves to whether that is news. */
export async function noteStorageRights (db: Db, botId: BotId, chatId: ChatId, problem: string | null): Promise<boolean> {
  const before = await db.selectFrom('teleferry_storage_rights').select(['chat_id', 'problem']).where('bot_id', '=', botId).executeTakeFirst()
  await db.insertInto('teleferry_storage_rights')
    .values({ bot_id: botId, chat_id: chatId, problem })
    .onConflict(conflict => conflict.column('bot_id').doUpdateSet({ chat_id: chatId, problem, checked_at: sql<Date>`now()` }))
    .execute()
  return before === undefined || before.chat_id !== chatId || before.problem !== problem
}

/** What was last seen of the bots' rights in this chat. */
export async function findStorageRights (db: Db, chatId: ChatId): Promise<SeenRights[]> {
  const rows = await db.selectFrom('teleferry_storage_rights').where('chat_id', '=', chatId).select(['bot_id', 'problem', 'checked_at']).execute()
  return rows.flatMap(({ bot_id: botId, problem, checked_at: checkedAt }) => checkedAt === null ? [] : [{ botId, problem, checkedAt }])
}
