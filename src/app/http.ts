import { sql } from 'kysely'
import { saveSize } from '../catalogue/media-files.js'
import { listMedia } from '../catalogue/media-pages.js'
import { findSenders } from '../catalogue/uploads.js'
import { cipherName } from '../cipher/ige.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import { FileGone, FileUnavailable, logInSeconds } from '../errors.js'
import type { Administration } from '../http/parts.js'
import { createServer } from '../http/server.js'
import type { LinkMaker } from '../links/links.js'
import type { Log } from '../log.js'
import type { Copy, MediaId } from '../media.js'
import type { Metrics } from '../metrics/metrics.js'
import { connectRedis } from '../redis.js'
import type { RedisOptions } from '../redis.js'
import { createEngine } from '../streaming/engine.js'
import { findSize } from '../streaming/size.js'
import type { Source } from '../streaming/source.js'
import type { Fleet } from '../telegram/fleet.js'
import { giveBack } from '../telegram/frame-memory.js'
import { unlessLate } from '../unless-late.js'
import type { Closing } from './closing.js'
import { type Files, patienceMs } from './files.js'
import { listenAt } from './listen.js'

/** How much may wait to be stored before the service says so, in messages or so. */
const worthTelling = 500

export async function openHttp ({ http, redis, streaming, shutdownGraceMs }: Config, log: Log, db: Db, files: Files, links: LinkMaker, fleet: Fleet, metrics: Metrics, retire: () => Promise<void>, closing: Closing): Promise<string> {
  const engine = createEngine({ memoryBytes: streaming.memoryBytes, laneCeilingBytes: streaming.botWindowBytes, observer: metrics.streams, recycle: giveBack })
  metrics.show(fleet, engine)
  const server = createServer({
    findMedia: files.find,
    links,
    keepBots: fleet.hold,
    openFile: async (file, copies, range, signal) => await throughBots(fleet, file.id, copies, async sources => await engine.openStream(file, range, sources, signal)),
    sizeOf: async (file, copies, signal) => {
      const size = await throughBots(fleet, file.id, copies, async sources => await findSize(file, sources, signal))
      await saveSize(db, file.id, size).catch(err => log.warn({ err, mediaId: file.id }, 'the size of a file could not be noted'))
      return size
    },
    readiness: async () => {
      const bots = fleet.reports()
      const database = await isReachable(db) ? 'ok' : 'unreachable'
      return { ready: fleet.canServe(), reasons: troubles(database, fleet.waiting()), bots, database, cipher: cipherName() }
    },
    cacheMaxAgeSeconds: http.cacheMaxAgeSeconds,
    admin: http.adminToken === null ? null : administration(http.adminToken, db, files, fleet, metrics),
    rateLimitPerMinute: http.rateLimitPerMinute,
    guessLimitPerMinute: http.guessLimitPerMinute,
    redis: redis === null ? null : await openRedis(redis, log, closing),
    streamLimit: http.streamLimit,
    bandwidth: http.bandwidth,
    trustProxy: http.trustProxy,
    logger: log
  })
  // Another process may be waiting for the sessions of bots that no stream needs any more.
  closing.push({ name: 'the streams', withinMs: shutdownGraceMs + 500, end: () => Promise.all([closeServer(server, shutdownGraceMs), retire()]) })
  const { host, port } = http
  return await listenAt({ host, port, variable: 'PORT' }, () => server.listen({ host, port, listenTextResolver: address => `listening at ${address}` }))
}

async function openRedis (options: RedisOptions, log: Log, closing: Closing) {
  const redis = await connectRedis(options, log)
  closing.push({ name: 'the connection to Redis', withinMs: 500, end: async () => redis.disconnect() })
  return redis
}

function administration (token: string, db: Db, files: Files, fleet: Fleet, metrics: Metrics): Administration {
  return {
    token,
    listFiles: page => listMedia(db, page),
    findSenders: id => findSenders(db, id),
    revoke: async (id, occasion) => { await files.revoke(id, occasion) },
    unblock: files.unblock,
    forget: files.forget,
    bots: fleet.reports,
    metrics: metrics.page
  }
}

/**
 * What comes of reading a file through those of its bots that can serve now. Throws FileGone where none of the bots that know it is
 * configured, all were turned away for good, or none can read it: but FileUnavailable while another one that may is yet to log in.
 */
async function throughBots<T> (fleet: Fleet, id: MediaId, copies: readonly Copy[], read: (sources: readonly Source[]) => Promise<T>): Promise<T> {
  const hopeful = new Set(fleet.remaining())
  const known = copies.filter(({ botId }) => hopeful.has(botId))
  if (known.length === 0) throw new FileGone(id)
  const sources = fleet.sources(id, copies)
  try {
    return await read(sources)
  } catch (error) {
    if (error instanceof FileGone && sources.length < known.length) throw new FileUnavailable(id, logInSeconds, { cause: error })
    throw error
  }
}

/** Stops accepting and waits for what runs, but no longer than `graceMs`. */
async function closeServer (server: ReturnType<typeof createServer>, graceMs: number): Promise<void> {
  const late = setTimeout(() => server.server.closeAllConnections(), graceMs)
  await server.close()
  clearTimeout(late)
}

/** Why the service is not all that it should be, in words for anybody. */
function troubles (database: 'ok' | 'unreachable', waiting: number): string[] {
  return [
    ...database === 'ok' ? [] : ['the database does not answer: files that were asked for lately go on, new ones are noted when it is back'],
    ...waiting < worthTelling ? [] : [`${waiting} messages wait to be noted`]
  ]
}

async function isReachable (db: Db): Promise<boolean> {
  return await unlessLate(sql`SELECT 1`.execute(db), patienceMs).catch(() => false)
}
