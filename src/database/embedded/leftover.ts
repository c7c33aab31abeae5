import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { LOCK_CLASS, LOCKS } from '../locks.js'
import { runAs, type Owner } from './owner.js'
import type { Binaries } from './binaries.js'
import { CLUSTER_USER, type Cluster } from './cluster.js'

/** A session that marks a server as ours for as long as this process lives, because PostgreSQL ends it when we die. */
export type OwnerMark = { release (): Promise<void> }

export interface LeftoverOptions {
  readonly cluster: Cluster
  readonly binaries: Binaries
  readonly owner: Owner
  readonly deadline: number
  log (message: string): void
}

/** Another living Teleferry process uses this data. */
export class DataInUse extends Error {
  readonly code = 'DATA_IN_USE'
  constructor (dataDir: string) {
    super(`the database in ${dataDir} is in use by another Teleferry process: stop that one, or give this one another DATA_DIR or a DATABASE_URL`)
  }
}

/**
 * Sees to it that no server runs on this data. One whose Teleferry has died is stopped; one whose Teleferry lives is
 * left alone: throws `DataInUse`. One that is still starting or stopping is waited for until `deadline` (ms, as of Date.now).
 */
export async function clearLeftover (options: LeftoverOptions, signal?: AbortSignal): Promise<void> {
  const { cluster, binaries, owner, deadline, log } = options
  while (true) {
    const port = await readPort(cluster.dataDir)
    // Without a server that answers, PostgreSQL itself judges what its old pid file is worth.
    const state = port === null ? 'none' : await probe(urlOf(cluster, port))
    if (state === 'none') return
    if (state === 'owned') throw new DataInUse(cluster.dataDir)
    if (state === 'orphan') {
      log('a PostgreSQL that an earlier, killed run left behind still runs on this data: stopping it')
      await runAs(owner, binaries.pgCtl, ['stop', '-w', '-m', 'fast', '-D', cluster.dataDir], signal)
      return
    }
    if (Date.now() > deadline) throw new DataInUse(cluster.dataDir)
    await sleep(100, undefined, signal && { signal })
  }
}

/** Marks the server at `url` as ours. Throws `DataInUse` when another process has. */
export async function markAsOurs (url: string, dataDir: string): Promise<OwnerMark> {
  const client = await openClient(url)
  if (await tryLock(client)) return { release: () => client.end().catch(() => {}) }
  await client.end()
  throw new DataInUse(dataDir)
}

/** The address of a cluster's server. It contains the password. */
export function urlOf (cluster: Cluster, port: number): string {
  return `postgres://${CLUSTER_USER}:${cluster.password}@127.0.0.1:${port}/postgres?sslmode=disable`
}

/** The fourth line of postmaster.pid is the port: postgresql.org/docs/18/storage-file-layout.html */
export async function readPort (dataDir: string): Promise<number | null> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const port = Number(text.split('\n')[3])
  return port > 0 ? port : null
}

async function probe (url: string): Promise<'none' | 'busy' | 'owned' | 'orphan'> {
  let client
  try {
    client = await openClient(url)
    return await tryLock(client) ? 'orphan' : 'owned'
  } catch (error) {
    // cannot_connect_now: starting up or shutting down
    return error instanceof pg.DatabaseError && error.code === '57P03' ? 'busy' : 'none'
  } finally {
    await client?.end().catch(() => {})
  }
}

async function openClient (connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000, application_name: 'teleferry embedded owner' })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function tryLock (client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [LOCK_CLASS, LOCKS.embeddedOwner])
  return rows[0]?.locked ?? false
}
