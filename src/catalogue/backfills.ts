import type { Db } from '../database/connect.js'
import type { BotId, ChatId, MessageRange } from '../media.js'

/** Queues a walk for one bot through messages of a channel or supergroup that Telegram tells it nothing of any more. */
export async function queueMissing (db: Db, botId: BotId, chatId: ChatId, { from, to }: MessageRange): Promise<void> {
  await db.insertInto('teleferry_backfills').values({ chat_id: chatId, bot_id: botId, from_id: from, to_id: to, asked_by: 'gap' }).execute()
}
