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
  const { cluster, deadline } = options
  while (true) {
    const port = await readPort(cluster.dataDir)
    // Without a server that answers, PostgreSQL itself judges what its old pid file is worth.
    const found = port === null ? 'none' : await probe(urlOf(cluster, port))
    if (found === 'none') return
    if (found === 'owned') throw new DataInUse(cluster.dataDir)
    if (found !== 'busy') await stopOrphan(found, options, signal)
    if (Date.now() > deadline) throw new DataInUse(cluster.dataDir)
    await sleep(100, undefined, signal && { signal })
  }
}

/** Marks the server at `url` as ours. Throws `DataInUse` when another process has, or takes it for one left behind and stops it. */
export async function markAsOurs (url: string, dataDir: string): Promise<OwnerMark> {
  const mark = await probe(url)
  if (typeof mark === 'string') throw new DataInUse(dataDir)
  return mark
}

/**
 * Stops a server that nobody had marked. `mark` is kept meanwhile: it may have been started just now by a process that
 * marks it next, which must find then that it is not its own. That process stops it too, so that being told that
 * there is nothing to stop is no failure.
 */
async function stopOrphan (mark: OwnerMark, { cluster, binaries, owner, log }: LeftoverOptions, signal?: AbortSignal): Promise<void> {
  log('a PostgreSQL that an earlier, killed run left behind still runs on this data: stopping it')
  try {
    await runAs(owner, binaries.pgCtl, ['stop', '-w', '-m', 'fast', '-D', cluster.dataDir], signal)
  } catch (error) {
    if (await readPort(cluster.dataDir) !== null) throw error
  } finally {
    await mark.release()
  }
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

/** Tries to mark the server at `url`: the mark, or why it could not be had. */
async function probe (url: string): Promise<'none' | 'busy' | 'owned' | OwnerMark> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'teleferry embedded owner' })
  client.on('error', () => {})
  const release = () => client.end().catch(() => {})
  try {
    await client.connect()
    if (await tryLock(client)) return { release }
    await release()
    return 'owned'
  } catch (error) {
    await release()
    // cannot_connect_now: starting up or shutting down
    return error instanceof pg.DatabaseError && error.code === '57P03' ? 'busy' : 'none'
  }
}

async function tryLock (client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [LOCK_CLASS, LOCKS.embeddedOwner])
  return rows[0]?.locked ?? false
}
