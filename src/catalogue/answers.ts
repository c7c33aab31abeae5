import type { Db } from '../database/connect.js'
import type { BotId, ChatId } from '../media.js'

/**
 * Whether this bot is the one to answer a message: true for the first bot that asks, and whenever that one asks again.
 * `messageId` must mean the same message to every bot, as it does in supergroups and channels.
 */
export async function claimAnswer (db: Db, chatId: ChatId, messageId: number, botId: BotId): Promise<boolean> {
  const row = await db.insertInto('teleferry_answers')
    .values({ chat_id: chatId, message_id: messageId, bot_id: botId })
    // Changes nothing, but makes RETURNING show the row that is there.
    .onConflict(conflict => conflict.columns(['chat_id', 'message_id']).doUpdateSet(({ ref }) => ({ bot_id: ref('teleferry_answers.bot_id') })))
    .returning('bot_id')
    .executeTakeFirstOrThrow()
  return row.bot_id === botId
}
