import { sql, type Selectable } from 'kysely'
import type { Db } from '../database/connect.js'
import type { BackfillsTable } from '../database/tables.js'
import type { BotId, ChatId, Walk, WalkRequest } from '../media.js'

const openStates = ['queued', 'running'] as const

/** Whether a walk is at its end, be it a good one. */
export function isOver ({ state }: Walk): boolean {
  return !openStates.some(open => open === state)
}

/** Queues a walk for one bot or (`null`) for all that are members; where the same one is under way, that is the one. `askedBy`: `cli`, or a user's id. */
export async function queueWalk (db: Db, { chatId, from, to }: WalkRequest, botId: BotId | null, askedBy: string): Promise<Walk> {
  const open = await db.selectFrom('teleferry_backfills')
    .selectAll()
    .where('state', 'in', openStates)
    .where('chat_id', '=', chatId)
    .where('from_id', '=', from)
    .where('bot_id', 'is not distinct from', botId)
    .where(({ eb }) => to === null ? eb('to_newest', '=', true) : eb('to_id', '=', to))
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (open !== undefined) return toWalk(open)
  const row = await db.insertInto('teleferry_backfills')
    .values({ chat_id: chatId, bot_id: botId, from_id: from, to_id: to, to_newest: to === null, asked_by: askedBy })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toWalk(row)
}

/** A walk as it stands; `null` where there is none with this id. */
export async function findWalk (db: Db, id: string): Promise<Walk | null> {
  const row = await db.selectFrom('teleferry_backfills').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toWalk(row)
}

/** Notes which message shows how far a walk is. */
export async function noteWalkNotice (db: Db, id: string, { botId, chatId, messageId }: NonNullable<Walk['notice']>): Promise<void> {
  await db.updateTable('teleferry_backfills').set({ notice_bot_id: botId, notice_chat_id: chatId, notice_message_id: messageId }).where('id', '=', id).execute()
}

/**
 * Lends the oldest walk that nobody works on to a process, which works on those of `underway`; `null`: there is none. A bot that
 * has one of its own there gets no other; 'single': only such walks of one bot. Those of a bot that is not among `bots` wait for
 * a process that has it. One that the process has without working on it counts, too: it was to give it back, or never heard that
 * it got it. Rejects where the process was taken for dead.
 */
export async function takeWalk (db: Db, holder: string, underway: readonly Walk[], which: 'any' | 'single', bots: readonly BotId[]): Promise<Walk | null> {
  const busy = underway.flatMap(({ botId }) => botId ?? [])
  const free = db.selectFrom('teleferry_backfills')
    .where('state', 'in', openStates)
    .where(({ eb, or }) => or([eb('holder', 'is', null), eb('holder', '=', holder)]))
    .where(sql<boolean>`id <> ALL (${underway.map(({ id }) => id)})`)
    .where(sql<boolean>`CASE WHEN bot_id IS NULL THEN ${which === 'any'} ELSE bot_id <> ALL (${busy}) AND bot_id = ANY (${bots}) END`)
    .select('id')
    .orderBy('id')
    .limit(1)
    .forUpdate()
    .skipLocked()
  const row = await db.updateTable('teleferry_backfills')
    .set({ holder, state: 'running', started_at: sql<Date>`COALESCE(started_at, now())`, updated_at: sql<Date>`now()` })
    .where('id', '=', free)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toWalk(row)
}

/** The processes that work on walks. */
export async function findWalkers (db: Db): Promise<string[]> {
  const rows = await db.selectFrom('teleferry_backfills')
    .where('state', 'in', openStates)
    .where('holder', 'is not', null)
    .select('holder')
    .distinct()
    .execute()
  return rows.flatMap(({ holder }) => holder ?? [])
}

/** How far a walk has come, and what it has found in all. */
export interface WalkProgress {
  readonly cursor: number
  readonly to: number
  readonly messages: number
  readonly files: number
}

/** Moves a walk on; false, and nothing is stored, where this process does not have it any more, also because it was cancelled. */
export async function moveWalk (db: Db, id: string, holder: string, { cursor, to, messages, files }: WalkProgress): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('teleferry_backfills')
    .set({ cursor_id: cursor, to_id: to, messages, files, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Notes the end of a walk that this process has. */
export async function endWalk (db: Db, id: string, holder: string, state: 'done' | 'failed', reason: string | null): Promise<void> {
  await db.updateTable('teleferry_backfills')
    .set({ state, reason, holder: null, updated_at: sql<Date>`now()`, finished_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .execute()
}

/**
 * Ends the walks through a chat that somebody asked for, whoever works on them. Returns them as they stood, the oldest first, and behind
 * those of all bots those of single ones that came late.
 */
export async function cancelWalks (db: Db, chatId: ChatId): Promise<Walk[]> {
  const rows = await db.with('cancelled', db => db.updateTable('teleferry_backfills')
    .set({ state: 'cancelled', holder: null, updated_at: sql<Date>`now()`, finished_at: sql<Date>`now()` })
    .where('state', 'in', openStates)
    .where('chat_id', '=', chatId)
    // Where updates are missing nobody was asked, and nothing would be complete without it.
    .where('asked_by', '!=', 'gap')
    .returningAll())
    .selectFrom('cancelled')
    .selectAll()
    .orderBy(sql`bot_id IS NOT NULL`)
    .orderBy('id')
    .execute()
  return rows.map(toWalk)
}

/** Ends what single bots were yet to walk through, whoever works on it, because they have lost their slots. */
export async function dropWalks (db: Db, botIds: readonly BotId[]): Promise<void> {
  await db.updateTable('teleferry_backfills')
    .set({
      state: 'failed',
      reason: sql<string>`'bot ' || bot_id || ' was away for so long that it has lost its slot'`,
      holder: null,
      updated_at: sql<Date>`now()`,
      finished_at: sql<Date>`now()`
    })
    .where('state', 'in', openStates)
    .where('bot_id', '=', sql<BotId>`ANY (${[...botIds]})`)
    .execute()
}

/** Lets others work on a walk. */
export async function giveBackWalk (db: Db, id: string, holder: string): Promise<void> {
  await db.updateTable('teleferry_backfills').set({ holder: null }).where('id', '=', id).where('holder', '=', holder).execute()
}

function toWalk (row: Selectable<BackfillsTable>): Walk {
  const { notice_bot_id: botId, notice_chat_id: chatId, notice_message_id: messageId } = row
  return {
    id: row.id,
    chatId: row.chat_id,
    botId: row.bot_id,
    from: row.from_id,
    to: row.to_id,
    cursor: row.cursor_id,
    state: row.state,
    reason: row.reason,
    messages: row.messages,
    files: row.files,
    notice: botId === null || chatId === null || messageId === null ? null : { botId, chatId, messageId }
  }
}
