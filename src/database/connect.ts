import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { clientConfig } from './client.js'
import { ImpatientClient } from './impatient-client.js'
import type { Tables } from './tables.js'
import type { SslMode } from './tls.js'

/** A pool of connections, or a transaction on one of them. */
export type Db = Kysely<Tables>

/** How many connections there are, how many of them idle, and how much waits for one. */
export type PoolUse = Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'>

export interface ConnectOptions {
  /** The most connections at once. */
  readonly poolSize: number
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
  /** Holds where the URL names none. */
  readonly sslMode?: SslMode
  /** How long a connection or a statement may take, in ms. Default: 10 s for a connection, 15 s for a statement. */
  readonly patienceMs?: number
  /** Gets the pool once it is there: when the database is first used. */
  onPool? (pool: PoolUse): void
  log? (message: string): void
}

/**
 * A pool of connections to the database. Connects when first used, and again after the database was away. Every
 * statement of ours is short, so one that takes 15 s, and a transaction that idles that long, is ended by the server;
 * one that the network swallowed is given up after 20 s, with its connection. Closed by `destroy()`.
 */
export function connect (url: string, options: ConnectOptions): Db {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: () => openPool(url, options) }) })
}

async function openPool (url: string, { poolSize, applicationName, sslMode, patienceMs, onPool, log = () => {} }: ConnectOptions): Promise<pg.Pool> {
  const pool = new pg.Pool({
    Client: ImpatientClient,
    ...await clientConfig(url, applicationName, sslMode),
    max: poolSize,
    ...patienceMs !== undefined && { connectionTimeoutMillis: patienceMs },
    idleTimeoutMillis: 30_000,
    statement_timeout: patienceMs ?? 15_000,
    idle_in_transaction_session_timeout: 15_000,
    query_timeout: patienceMs ?? 20_000
  })
  // Without a listener a connection that breaks while idle would end the process. The pool replaces it.
  pool.on('error', error => log(`an idle database connection broke: ${error.message}`))
  onPool?.(pool)
  return pool
}
