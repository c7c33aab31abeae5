import { sql, type Insertable, type Transaction } from 'kysely'
import type { Db } from '../database/connect.js'
import type { MediaFilesTable, Tables } from '../database/tables.js'
import { inTransaction } from '../database/transaction.js'
import type { BotId, Copy, LinkState, MediaFile, MediaId, Sighting, Slot } from '../media.js'
import { COPY_COLUMNS, copyColumn } from './columns.js'
import { recordMessages } from './sightings.js'
import { lockSlots } from './slots.js'
import { recordUploads } from './uploads.js'

/** Rows for one statement, well below PostgreSQL's 65 535 parameters. */
const ROWS_AT_ONCE = 1000

const FILE_COLUMNS = ['file_name', 'file_size', 'mime_type'] as const

type Row = Insertable<MediaFilesTable>

const NO_COPIES = Object.fromEntries(COPY_COLUMNS.map(column => [column, null]))

/** The copy that the bot of the joined row has. Some programs write '' for none. */
const fileIdOfBot = sql<string | null>`NULLIF(CASE b.slot ${sql.join(COPY_COLUMNS.map((column, index) => sql`WHEN ${sql.lit(index + 1)} THEN ${sql.ref(`m.${column}`)}`), sql` `)} END, '')`

/** A time with its zone, whatever an adopted column has: one without a zone is read as it was written, in the session's. */
const createdAt = sql<Date>`COALESCE(m.created_at::timestamptz, m.updated_at::timestamptz, 'epoch')`

/**
 * The file, the copies that today's bots have of it, and what was done to its links: what a column holds counts for the
 * bot that has that slot now. `null` where it is unknown.
 */
export async function findMedia (db: Db, id: MediaId): Promise<{ file: MediaFile, copies: Copy[], link: LinkState } | null> {
  // One statement, so that slots and columns are of the same moment while a slot changes hands.
  const rows = await db.selectFrom('media_files as m')
    .leftJoin('teleferry_bots as b', join => join.on('b.slot', 'is not', null))
    .leftJoin('teleferry_links as l', 'l.unique_file_id', 'm.unique_file_id')
    .where('m.unique_file_id', '=', id)
    .select(['m.file_name', 'm.file_size', 'm.mime_type', 'b.bot_id', fileIdOfBot.as('file_id'), createdAt.as('created_at'), 'l.generation', 'l.blocked'])
    .execute()
  const [row] = rows
  if (row === undefined) return null
  const size = row.file_size === null ? null : Number(row.file_size)
  const file = { id, name: row.file_name, size, mimeType: row.mime_type, createdAt: row.created_at }
  const copies = rows.flatMap(({ bot_id: botId, file_id: fileId }) => botId === null || fileId === null ? [] : [{ botId, fileId }])
  return { file, copies, link: { generation: row.generation ?? 0, blocked: row.blocked ?? false } }
}

/** Those of `botIds` that have a slot but no copy of the file, in the order given. */
export async function lackingBots (db: Db, id: MediaId, botIds: readonly BotId[]): Promise<BotId[]> {
  if (botIds.length === 0) return []
  const rows = await db.selectFrom('teleferry_bots as b')
    .leftJoin('media_files as m', join => join.on('m.unique_file_id', '=', id))
    .where('b.bot_id', 'in', botIds)
    .where('b.slot', 'is not', null)
    .where(fileIdOfBot, 'is', null)
    .select('b.bot_id')
    .execute()
  const lacking = new Set(rows.map(row => row.bot_id))
  return botIds.filter(botId => lacking.has(botId))
}

/**
 * Stores what bots saw, all or nothing: each file's name, size, type and the bot's `file_id` in its slot, and the
 * message it was seen in. The later of two sightings wins. Idempotent: a row that would not change is not touched, nor
 * is its `updated_at`. A bot that has no slot, or has just lost it, leaves only where it saw the file. `isOfWalk`: a walk saw it, perhaps
 * before what was stored meanwhile.
 */
export async function recordSightings (db: Db, sightings: readonly Sighting[], { isOfWalk = false } = {}): Promise<void> {
  if (sightings.length === 0) return
  await inTransaction(db, async transaction => {
    const slots = await lockSlots(transaction, [...new Set(sightings.map(({ botId }) => botId))])
    const rows = toRows(sightings, slots)
    await recordUploads(transaction, sightings, await knownAmong(transaction, rows))
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      await upsert(transaction, rows.slice(start, start + ROWS_AT_ONCE))
    }
    await recordMessages(transaction, sightings, isOfWalk)
  })
}

async function knownAmong (transaction: Transaction<Tables>, rows: readonly Row[]): Promise<Set<MediaId>> {
  const ids = rows.map(row => row.unique_file_id)
  const known = await transaction.selectFrom('media_files').where('unique_file_id', '=', sql<MediaId>`ANY(${ids})`).select('unique_file_id').execute()
  return new Set(known.map(row => row.unique_file_id))
}

/** One row for each file, in the order of their ids: two writers that lock rows in the same order never block each other for good. */
function toRows (sightings: readonly Sighting[], slots: ReadonlyMap<BotId, Slot>): Row[] {
  const rows = new Map<MediaId, Row>()
  for (const { botId, media } of sightings) {
    const slot = slots.get(botId)
    rows.set(media.id, {
      // Explicitly empty, because an adopted column's default may be a text.
      ...rows.get(media.id) ?? { ...NO_COPIES, unique_file_id: media.id },
      file_name: storable(media.name),
      file_size: media.size,
      mime_type: storable(media.mimeType),
      ...(slot !== undefined && { [copyColumn(slot)]: media.fileId })
    })
  }
  return [...rows.values()].sort((a, b) => a.unique_file_id < b.unique_file_id ? -1 : 1)
}

/** PostgreSQL's text holds every character but U+0000, with which senders could make a whole batch fail. */
function storable (text: string): string {
  return text.replaceAll('\0', '')
}

async function upsert (transaction: Transaction<Tables>, rows: readonly Row[]): Promise<void> {
  // A column that this writer does not know keeps what others wrote.
  const changed = [...COPY_COLUMNS, ...FILE_COLUMNS].map(column => ({
    column,
    value: sql`COALESCE(excluded.${sql.ref(column)}, media_files.${sql.ref(column)})`
  }))
  await transaction.insertInto('media_files')
    .values(rows)
    .onConflict(conflict => conflict.column('unique_file_id')
      .doUpdateSet({
        ...Object.fromEntries(changed.map(({ column, value }) => [column, value])),
        updated_at: sql<Date>`now()`
      })
      .where(({ or }) => or(changed.map(({ column, value }) => sql<boolean>`media_files.${sql.ref(column)} IS DISTINCT FROM ${value}`))))
    .execute()
}

/** Stores a bot's new `fileId` for a known file, as when its reference was renewed. Does nothing for a bot without a slot. */
export async function saveCopy (db: Db, botId: BotId, id: MediaId, fileId: string): Promise<void> {
  await inTransaction(db, async transaction => {
    const slot = (await lockSlots(transaction, [botId])).get(botId)
    if (slot === undefined) return
    const column = copyColumn(slot)
    await transaction.updateTable('media_files')
      .set({ [column]: fileId, updated_at: sql<Date>`now()` })
      .where('unique_file_id', '=', id)
      .where(column, 'is distinct from', fileId)
      .execute()
  })
}

/** Notes the size, in bytes, of a file whose row did not tell. */
export async function saveSize (db: Db, id: MediaId, size: number): Promise<void> {
  await db.updateTable('media_files').set({ file_size: size }).where('unique_file_id', '=', id).where('file_size', 'is', null).execute()
}

/** Deletes a file's row; returns whether there was one. */
export async function forgetRow (db: Db, id: MediaId): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('media_files').where('unique_file_id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}
