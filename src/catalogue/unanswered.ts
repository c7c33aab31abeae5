import type { Db } from '../database/connect.js'
import type { BotId, ReceivedMessage } from '../media.js'

/** Notes new messages on which something must follow, until `noteAnswered`. */
export async function noteUnanswered (db: Db, botId: BotId, messages: readonly ReceivedMessage[]): Promise<void> {
  if (messages.length === 0) return
  await db.insertInto('teleferry_unanswered')
    .values(messages.map(message => ({ bot_id: botId, chat_id: message.chat.id, message_id: message.messageId, message: JSON.stringify(message) })))
    .onConflict(conflict => conflict.columns(['bot_id', 'chat_id', 'message_id']).doNothing())
    .execute()
}

/** What is still to be answered by a bot, the oldest first; nothing from before `since`. */
export async function findUnanswered (db: Db, botId: BotId, since: Date): Promise<ReceivedMessage[]> {
  const rows = await db.selectFrom('teleferry_unanswered')
    .where('bot_id', '=', botId)
    .where('received_at', '>=', since)
    .select('message')
    .orderBy('received_at')
    .orderBy('message_id')
    .execute()
  return rows.map(({ message }) => message)
}

/** Everything that was to follow on a message is done. */
export async function noteAnswered (db: Db, botId: BotId, { chat, messageId }: Pick<ReceivedMessage, 'chat' | 'messageId'>): Promise<void> {
  await db.deleteFrom('teleferry_unanswered')
    .where('bot_id', '=', botId)
    .where('chat_id', '=', chat.id)
    .where('message_id', '=', messageId)
    .execute()
}

/** Forgets what came before `since`: an answer would only surprise now. */
export async function forgetUnanswered (db: Db, since: Date): Promise<void> {
  await db.deleteFrom('teleferry_unanswered').where('received_at', '<', since).execute()
}
