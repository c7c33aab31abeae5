import type { Transaction } from 'kysely'
import type { Db } from './connect.js'
import type { Tables } from './tables.js'

/** Runs `work` all or nothing: in the transaction that `db` is, or else in one of its own. */
export async function inTransaction<T> (db: Db, work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
  return await (isTransaction(db) ? work(db) : db.transaction().execute(work))
}

function isTransaction (db: Db): db is Transaction<Tables> {
  return db.isTransaction
}
