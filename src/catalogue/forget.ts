import type { Db } from '../database/connect.js'
import { inTransaction } from '../database/transaction.js'
import type { MediaId } from '../media.js'
import { revokeLinks } from './links.js'
import { forgetRow } from './media-files.js'
import { forgetSightings } from './sightings.js'
import { forgetStorageCopy } from './storage-copies.js'
import { forgetUploads } from './uploads.js'

/**
 * Removes a file from the catalogue, and whatever is known of it; returns whether there was one. Its links end for good: they stay so
 * when a bot sees the file again. Nothing is deleted in Telegram.
 */
export async function forgetMedia (db: Db, id: MediaId, occasion: string): Promise<boolean> {
  return await inTransaction(db, async transaction => {
    await forgetUploads(transaction, id)
    const wasThere = await forgetRow(transaction, id)
    await forgetSightings(transaction, id)
    await forgetStorageCopy(transaction, id)
    if (wasThere) await revokeLinks(transaction, id, { block: false, occasion })
    return wasThere
  })
}
