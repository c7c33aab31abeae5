import type { Config } from '../config.js'
import { connect } from '../database/connect.js'
import type { Db } from '../database/connect.js'
import { startEmbedded } from '../database/embedded.js'
import { migrate } from '../database/migrate.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Closing } from './closing.js'

/** How long our own PostgreSQL may take to write down what it has in memory, in ms. It ends by itself where this process does not wait. */
const embeddedStopMs = 10_000

/** Opens the database that the settings name, or our own, at this program's schema. Throws the reason of `signal`. */
export async function openDatabase (
  { database }: Config, log: Log, closing: Closing, onPool: Metrics['onPool'] = () => {}, signal?: AbortSignal
): Promise<{ db: Db, url: string }> {
  const say = (message: string) => log.info(message)
  const url = database.url ?? await openEmbedded(database.dataDir, say, closing, signal)
  const sslMode = database.sslMode
  await migrate(url, { log: say, ...sslMode !== undefined && { sslMode } }, signal)
  // One of the connections is for the leases.
  const db = connect(url, { poolSize: database.poolSize - 1, applicationName: 'teleferry', log: say, onPool, ...sslMode !== undefined && { sslMode } })
  closing.push({ name: 'the connections to the database', withinMs: 500, end: () => db.destroy() })
  return { db, url }
}

async function openEmbedded (dataDir: string, say: (message: string) => void, closing: Closing, signal?: AbortSignal): Promise<string> {
  const embedded = await startEmbedded({ dataDir, log: say }, signal)
  closing.push({ name: 'the embedded database', withinMs: embeddedStopMs, end: embedded.stop })
  return embedded.url
}
