import { sql, type Transaction } from 'kysely'
import type { Tables } from '../database/tables.js'
import type { Slot } from '../media.js'
import { copyColumn, SLOTS } from './columns.js'

/** Rows for one statement, so that none runs into the time limit however large the table is. */
const ROWS_AT_ONCE = 20_000

/** The slots in whose column there is at least one copy. */
export async function findUsedColumns (transaction: Transaction<Tables>): Promise<Set<Slot>> {
  const used = new Set<Slot>()
  for (const slot of SLOTS) {
    const row = await transaction.selectFrom('media_files').select('unique_file_id').where(copyColumn(slot), '<>', '').limit(1).executeTakeFirst()
    if (row !== undefined) used.add(slot)
  }
  return used
}

/** Empties a slot's column. Other writers wait until the transaction ends, readers do not. */
export async function clearColumn (transaction: Transaction<Tables>, slot: Slot): Promise<void> {
  // Rows are locked in the index's order here and in the order of ids elsewhere, which could block both for good.
  await sql`LOCK TABLE media_files IN SHARE ROW EXCLUSIVE MODE`.execute(transaction)
  const column = copyColumn(slot)
  let last: string | null = ''
  while (last !== null) last = await clearAfter(transaction, column, last)
}

async function clearAfter (transaction: Transaction<Tables>, column: ReturnType<typeof copyColumn>, after: string): Promise<string | null> {
  const { rows } = await sql<{ last: string | null }>`
    WITH batch AS (
      SELECT unique_file_id FROM media_files
      WHERE unique_file_id > ${after} AND ${sql.ref(column)} IS NOT NULL
      ORDER BY unique_file_id LIMIT ${ROWS_AT_ONCE}
    ), cleared AS (
      UPDATE media_files SET ${sql.ref(column)} = NULL FROM batch WHERE media_files.unique_file_id = batch.unique_file_id
    )
    SELECT max(unique_file_id) AS last FROM batch`.execute(transaction)
  return rows[0]?.last ?? null
}
