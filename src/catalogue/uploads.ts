import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { MediaId, Sighting } from '../media.js'

/** The `user_id` of a file that came from nobody in particular: it was there before anybody's name was noted, or came without a sender. */
const nobody = '0'

/**
 * Notes who sent these files. `known` are those of them that are in the catalogue already: where nobody's name was noted by
 * then, they are nobody's. To be called in the transaction that stores them, before it does.
 */
export async function recordUploads (db: Db, sightings: readonly Sighting[], known: ReadonlySet<MediaId>): Promise<void> {
  const sent = sightings.filter(({ senderId }) => senderId !== undefined).map(({ media: { id }, senderId }) => ({ id, userId: userIn(senderId) }))
  // What comes without a sender is nobody's only when nobody sent it before.
  await insertFirst(db, [...known])
  await insert(db, sent.filter(({ userId }) => userId !== nobody))
  await insertFirst(db, sent.filter(({ userId }) => userId === nobody).map(({ id }) => id))
}

/** The users who sent a file, `0` among them for nobody in particular. */
export async function findSenders (db: Db, id: MediaId): Promise<string[]> {
  const rows = await db.selectFrom('teleferry_uploads').where('unique_file_id', '=', id).select('user_id').orderBy('first_at').orderBy('user_id').execute()
  return rows.map(row => row.user_id)
}

/** Forgets who sent a file. */
export async function forgetUploads (db: Db, id: MediaId): Promise<void> {
  await db.deleteFrom('teleferry_uploads').where('unique_file_id', '=', id).execute()
}

/** Chats write in groups, too, and have negative ids. */
function userIn (senderId: string | null | undefined): string {
  return senderId !== null && senderId !== undefined && /^[1-9]\d{0,18}$/.test(senderId) ? senderId : nobody
}

async function insert (db: Db, sent: ReadonlyArray<{ readonly id: MediaId, readonly userId: string }>): Promise<void> {
  if (sent.length === 0) return
  await sql`
    INSERT INTO teleferry_uploads (unique_file_id, user_id)
    SELECT * FROM unnest(${sent.map(({ id }) => id)}::text[], ${sent.map(({ userId }) => userId)}::bigint[]) AS sent (id, user_id)
    ORDER BY id, user_id
    ON CONFLICT DO NOTHING`.execute(db)
}

async function insertFirst (db: Db, ids: readonly MediaId[]): Promise<void> {
  if (ids.length === 0) return
  await sql`
    INSERT INTO teleferry_uploads (unique_file_id, user_id)
    SELECT id, ${nobody}::bigint FROM unnest(${ids}::text[]) AS given (id)
    WHERE NOT EXISTS (SELECT FROM teleferry_uploads AS u WHERE u.unique_file_id = given.id)
    ORDER BY id
    ON CONFLICT DO NOTHING`.execute(db)
}
