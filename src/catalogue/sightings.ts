import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { BotId, ChatId, Deletion, MediaId, Sighting } from '../media.js'

/** Rows for one statement, well below PostgreSQL's 65 535 parameters. */
const ROWS_AT_ONCE = 1000

/** Longer than a walk takes to read a step and to store it. */
const STEP_MINUTES = 10

/** What was seen since then may be later than what a walk saw. */
const isFromBeforeLook = sql<boolean>`teleferry_sightings.seen_at < now() - make_interval(mins => ${STEP_MINUTES})`

/** The messages in which a bot saw a file, newest first. */
export async function findSightings (db: Db, botId: BotId, id: MediaId): Promise<Array<{ chatId: ChatId, messageId: number }>> {
  return await db.selectFrom('teleferry_sightings')
    .where('unique_file_id', '=', id)
    .where('bot_id', '=', botId)
    .select(['chat_id as chatId', 'message_id as messageId'])
    .orderBy('seen_at', 'desc')
    .orderBy('message_id', 'desc')
    .execute()
}

/** Stores the messages of sightings; a message whose file was replaced counts for the new one, but for what a walk saw only if nothing was seen there lately. */
export async function recordMessages (db: Db, sightings: readonly Sighting[], isOfWalk = false): Promise<void> {
  const rows = [...new Map(sightings.map(sighting => [keyOf(sighting), sighting]))]
    // The same order for every writer, so that none blocks another for good.
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, { botId, chatId, messageId, media }]) => ({ bot_id: botId, chat_id: chatId, message_id: messageId, unique_file_id: media.id }))
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    await db.insertInto('teleferry_sightings')
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .onConflict(conflict => conflict.columns(['bot_id', 'chat_id', 'message_id'])
        .doUpdateSet(({ ref }) => ({ unique_file_id: ref('excluded.unique_file_id'), seen_at: sql<Date>`now()` }))
        .whereRef('teleferry_sightings.unique_file_id', '<>', 'excluded.unique_file_id')
        .where(isOfWalk ? isFromBeforeLook : sql<boolean>`true`))
      .execute()
  }
}

/** Ids of channels and supergroups lie below it: each of those counts its messages by itself, all other chats together. */
const CHANNELS_BELOW = '-1000000000000' as ChatId

/** Forgets that a bot saw files in messages that are gone. */
export async function forgetMessages (db: Db, botId: BotId, deletions: readonly Deletion[]): Promise<void> {
  for (const { chatId, messageIds } of deletions) {
    await db.deleteFrom('teleferry_sightings')
      .where('bot_id', '=', botId)
      .where('message_id', '=', sql<number>`ANY(${[...messageIds]})`)
      .$if(chatId !== null, query => query.where('chat_id', '=', chatId))
      .$if(chatId === null, query => query.where('chat_id', '>', CHANNELS_BELOW))
      .execute()
  }
}

/**
 * Forgets that a bot saw files in messages in which a walk found none. What was seen within the last ten minutes stays: it may
 * have been posted since the walk looked.
 */
export async function forgetVanished (db: Db, botId: BotId, chatId: ChatId, messageIds: readonly number[]): Promise<void> {
  await db.deleteFrom('teleferry_sightings')
    .where('bot_id', '=', botId)
    .where('chat_id', '=', chatId)
    .where('message_id', '=', sql<number>`ANY(${[...messageIds]})`)
    .where(isFromBeforeLook)
    .execute()
}

function keyOf ({ botId, chatId, messageId }: Sighting): string {
  return `${botId} ${chatId} ${messageId}`
}

/** Forgets the messages in which bots saw a file. */
export async function forgetSightings (db: Db, id: MediaId): Promise<void> {
  await db.deleteFrom('teleferry_sightings').where('unique_file_id', '=', id).execute()
}
