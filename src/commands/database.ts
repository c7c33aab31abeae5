import type { Config } from '../config.js'
import { DatabaseUnreachable } from '../database/client.js'
import { connect, type Db } from '../database/connect.js'
import { findRunning } from '../database/embedded/running.js'

/** The address of the database that the server uses, or would use; `null`: an embedded one that is not up. */
export async function databaseUrl ({ url, dataDir }: Config['database']): Promise<string | null> {
  return url ?? await findRunning(dataDir)
}

/** Runs `work` on the database that the server uses. Throws DatabaseUnreachable where there is none to be had. */
export async function withDatabase<T> ({ database }: Pick<Config, 'database'>, work: (db: Db) => Promise<T>): Promise<T> {
  const url = await databaseUrl(database)
  if (url === null) throw new DatabaseUnreachable(`the embedded PostgreSQL in ${database.dataDir} is not running: start the server first, or set DATABASE_URL`)
  const db = connect(url, { poolSize: 1, applicationName: 'teleferry command', patienceMs: 10_000, ...database.sslMode !== undefined && { sslMode: database.sslMode } })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}
