import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { LinkState, MediaId } from '../media.js'

/** How links are ended. */
export interface Revocation {
  /** Whether nobody may download the file from now on, whatever the link. */
  readonly block: boolean
  /** Names what asked for it: the same one asking again, as the next process does that is told of a press, changes nothing. */
  readonly occasion: string
}

/** Ends all links of a file, those that there are and those that were ever made; returns whether this occasion had not done so before. */
export async function revokeLinks (db: Db, id: MediaId, { block, occasion }: Revocation): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await db.insertInto('teleferry_links')
    .values({ unique_file_id: id, generation: 1, blocked: block, occasion })
    .onConflict(conflict => conflict.column('unique_file_id')
      .doUpdateSet(({ ref }) => ({
        generation: sql<number>`${ref('teleferry_links.generation')} + 1`,
        blocked: sql<boolean>`${ref('teleferry_links.blocked')} OR ${block}`,
        occasion,
        updated_at: sql<Date>`now()`
      }))
      .where('teleferry_links.occasion', 'is distinct from', occasion))
    .executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}

/** Lets a file be downloaded again, by links that are made from now on where they are signed. */
export async function unblockLinks (db: Db, id: MediaId): Promise<void> {
  await db.updateTable('teleferry_links').set({ blocked: false, updated_at: sql<Date>`now()` }).where('unique_file_id', '=', id).where('blocked', '=', true).execute()
}

/** What was done to a file's links. */
export async function findLinkState (db: Db, id: MediaId): Promise<LinkState> {
  const row = await db.selectFrom('teleferry_links').where('unique_file_id', '=', id).select(['generation', 'blocked']).executeTakeFirst()
  return row ?? { generation: 0, blocked: false }
}
