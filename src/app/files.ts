import { forgetMedia } from '../catalogue/forget.js'
import { revokeLinks, unblockLinks } from '../catalogue/links.js'
import { findMedia } from '../catalogue/media-files.js'
import { remember } from '../catalogue/remembered.js'
import type { Db } from '../database/connect.js'
import type { LinkMaker } from '../links/links.js'
import type { MediaId } from '../media.js'

/** How long the database may take to answer before it counts as away, in ms. */
export const patienceMs = 2_000

/** While the database is away, the files asked for lately go on: how many, and for how long after the database last spoke of them, in ms. */
const lately = { capacity: 2_000, maxAgeMs: 15 * 60_000, patienceMs }

export type Files = ReturnType<typeof createFiles>

/** The files and their links, as all of this process asks for and changes them: what it has changed it no longer serves from memory. */
export function createFiles (db: Db, links: LinkMaker) {
  const memory = remember((id: MediaId) => findMedia(db, id), lately)

  /** A change that failed may have been made all the same. */
  async function changing<T> (id: MediaId, change: Promise<T>): Promise<T> {
    return await change.finally(() => memory.drop(id))
  }

  return {
    find: memory.find,
    /** Resolves with whether this occasion had not done so before. */
    revoke: (id: MediaId, occasion: string) => changing(id, revokeLinks(db, id, { block: !links.signed, occasion })),
    unblock: (id: MediaId) => changing(id, unblockLinks(db, id)),
    forget: (id: MediaId, occasion: string) => changing(id, forgetMedia(db, id, occasion))
  }
}
