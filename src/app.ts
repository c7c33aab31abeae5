import { closeAll, type Closing } from './app/closing.js'
import { openDatabase } from './app/database.js'
import { createFiles } from './app/files.js'
import { openFleet } from './app/fleet.js'
import { openHttp } from './app/http.js'
import { openIndexer } from './app/indexer.js'
import { openMetrics } from './app/metrics.js'
import { openPresence, sessionStore } from './app/sessions.js'
import { chooseCipher } from './cipher/ige.js'
import type { Config } from './config.js'
import { createLending } from './leases/lending.js'
import { leaseTiming } from './leases/timing.js'
import { createLinks } from './links/links.js'
import type { Log } from './log.js'
import type { BotReport } from './media.js'

/** The running service. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly address: string
  /** Resolves when every bot is online or was turned away, or when `ms` have passed. */
  settled (ms: number): Promise<void>
  reports (): BotReport[]
  /** Resolves, with the reasons, when Telegram has turned every bot away for good. */
  readonly noBotLeft: Promise<BotReport[]>
  /** Stops accepting, lets running downloads end for as long as the configuration allows, and closes everything. */
  close (): Promise<void>
}

/** Builds everything from `config`, and listens. Throws when the database or the port cannot be had, and the reason of `signal`; bots come when they can. */
export async function createApp (config: Config, log: Log, signal?: AbortSignal): Promise<App> {
  const closing: Closing = []
  const close = async () => await closeAll(closing, log)
  log.info({ cipher: chooseCipher(config.cipher) }, 'the cipher was chosen')
  try {
    const metrics = await openMetrics(config, log, closing)
    const { db, url } = await openDatabase(config, log, closing, metrics.onPool, signal)
    const links = createLinks({ publicUrl: config.http.publicUrl, ...config.links })
    signal?.throwIfAborted()
    const files = createFiles(db, links)
    const presence = await openPresence(config, log, url, closing)
    const lending = createLending({ presence, store: sessionStore(db), timing: leaseTiming, log })
    const { fleet, retire } = await openFleet(config, log, db, files, links, lending, metrics, closing)
    signal?.throwIfAborted()
    const indexer = openIndexer(config, log, db, presence, fleet)
    const address = await openHttp(config, log, db, files, links, fleet, metrics, async () => { await Promise.all([indexer.stop(), retire()]) }, closing)
    return { address, settled: fleet.settled, reports: fleet.reports, noBotLeft: fleet.allGone, close }
  } catch (error) {
    await close()
    throw error
  }
}
