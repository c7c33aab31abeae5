import type { Redis } from 'ioredis'
import type { Log } from './log.js'

/** Where the shared counters are. */
export interface RedisOptions {
  /** It may contain a password. */
  readonly url: string
  /** Whether the server's certificate must be one that can be checked; holds for `rediss://`. */
  readonly verifyTls: boolean
}

/** In ms. Nobody waits long for a counter. */
const patience = { connectTimeout: 5000, commandTimeout: 1000, socketTimeout: 1500 }

/**
 * A connection to Redis, made in the background and made anew whenever it is lost; while there is none, every command fails at
 * once. The log has one line when it goes and one when it is back. Closed by `disconnect()`.
 */
export async function connectRedis ({ url, verifyTls }: RedisOptions, log: Log): Promise<Redis> {
  // Most installations have no Redis, and need not load it.
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    ...patience,
    ...!verifyTls && url.startsWith('rediss:') && { tls: { rejectUnauthorized: false } },
    connectionName: 'teleferry',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: tries => Math.min(tries * 200, 5000)
  })
  let isAway = false
  redis.on('error', error => {
    if (!isAway) log.warn({ reason: explain(error) }, 'Redis is away: requests are not limited until it is back')
    isAway = true
  })
  redis.on('ready', () => {
    if (isAway) log.info('Redis is back: requests are limited again')
    isAway = false
  })
  return redis
}

/** A name with several addresses fails with one error for each, and no message above them. */
function explain (error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join(', ')
  return error instanceof Error ? error.message : String(error)
}
