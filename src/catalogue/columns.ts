import type { CopyColumn } from '../database/tables.js'
import type { Slot } from '../media.js'

export const SLOTS: readonly Slot[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

export const COPY_COLUMNS: readonly CopyColumn[] = ['b_1', 'b_2', 'b_3', 'b_4', 'b_5', 'b_6', 'b_7', 'b_8', 'b_9', 'b_10', 'b_11']

/** The column of `media_files` that belongs to the bot in `slot`. Throws where there is no such slot. */
export function copyColumn (slot: Slot): CopyColumn {
  const column = COPY_COLUMNS[slot - 1]
  if (column === undefined) throw new Error(`there is no slot ${slot}: slots are 1 to 11`)
  return column
}
