import { readBots, type BotAccount } from './config/bots.js'
import { readDatabaseUrl } from './config/database-url.js'
import { type LinkConfig, readLinks } from './config/links.js'
import { ConfigError, type Problem, type Settings } from './config/problems.js'
import { guessPublicUrl, readHostName, readPublicUrl } from './config/public-url.js'
import { isYes, readValues, type Values } from './config/schema.js'
import { readSecret } from './config/secret.js'
import { readStorageChat } from './config/storage-chat.js'
import { readTrustProxy, type TrustProxy } from './config/trust-proxy.js'
import type { SslMode } from './database/tls.js'
import type { ChatId } from './media.js'

/** The settings of one process. Frozen. */
export interface Config {
  readonly telegram: {
    readonly apiId: number
    readonly apiHash: string
    /** The server to log in at. Absent: Telegram's own. */
    readonly server?: { readonly dcId: number, readonly host: string, readonly port: number }
    /** A PEM file with that server's RSA public key. */
    readonly publicKeyPath?: string
  }
  /** 1 to 11, in the order of their tokens. */
  readonly bots: readonly BotAccount[]
  readonly database: {
    /** Absent: the embedded PostgreSQL. It may contain a password. */
    readonly url?: string
    /** Holds where the URL names no `sslmode`. */
    readonly sslMode?: SslMode
    /** Where the embedded PostgreSQL keeps its data. */
    readonly dataDir: string
    readonly poolSize: number
  }
  readonly http: {
    readonly host: string
    readonly port: number
    /** The beginning of links, without a slash at its end. */
    readonly publicUrl: string
    readonly trustProxy: TrustProxy
    /** How long caches may keep the files of open links without asking; 0: not at all. */
    readonly cacheMaxAgeSeconds: number
    /** Per client; 0: no limit. */
    readonly rateLimitPerMinute: number
    /** Answers with 403 or 404 per client and minute; 0: no limit. */
    readonly guessLimitPerMinute: number
    /** Per client, at once; 0: no limit. */
    readonly streamLimit: number
    /** 0: no cap. */
    readonly bandwidth: { readonly streamBytesPerSecond: number, readonly clientBytesPerSecond: number }
    /** What opens the administrative routes; `null`: there are none. */
    readonly adminToken: string | null
    /** Where the metrics can be read without that; `null`: nowhere. */
    readonly metricsPort: number | null
  }
  readonly links: LinkConfig
  /** Where several processes count requests together; `null`: each counts its own. The URL may contain a password. */
  readonly redis: { readonly url: string, readonly verifyTls: boolean } | null
  readonly streaming: {
    /** For all chunks under way and waiting, of all downloads. */
    readonly memoryBytes: number
    /** What one bot may have under way from one data centre. */
    readonly botWindowBytes: number
    /** The most file connections of one bot to one data centre. */
    readonly botConnections: number
  }
  /** The channel for copies of private files; `null`: none. */
  readonly storageChatId: ChatId | null
  /** Users' ids in decimal; `null`: everybody is welcome. */
  readonly allowedUsers: ReadonlySet<string> | null
  /** Users' ids in decimal: they may revoke any file, and are always welcome. */
  readonly owners: ReadonlySet<string>
  readonly replyInChats: boolean
  /** How many messages a second each bot reads when it indexes a chat. */
  readonly indexRate: number
  readonly shutdownGraceMs: number
  /** `wasm`: the native cipher is left alone, also where it is installed. */
  readonly cipher: 'auto' | 'wasm'
  readonly logLevel: string
}

const KiB = 1024
const MiB = 1024 * KiB

/** Reads the environment into a `Config`, or throws one `ConfigError` with everything that is wrong. Touches nothing else. */
export function loadConfig (env: NodeJS.ProcessEnv): Config {
  const settings = withoutEmpty(env)
  const problems: Problem[] = []
  const values = readValues(settings, problems)
  const bots = readBots(settings, problems)
  const publicUrl = readPublicUrl(settings, problems)
  const hostName = readHostName(settings, problems)
  const trustProxy = readTrustProxy(settings, problems)
  const links = readLinks(settings, problems)
  const databaseUrl = readDatabaseUrl(settings, problems)
  const adminToken = readSecret('ADMIN_TOKEN', settings, problems, { mustBePlain: true })
  const storageChatId = readStorageChat(settings, problems)
  if (values !== null && values.METRICS_PORT === values.PORT) problems.push(samePort)
  if (values === null || problems.length > 0) throw new ConfigError(problems)
  return Object.freeze({
    telegram: Object.freeze({ apiId: values.API_ID, apiHash: values.API_HASH, ...telegramServer(values) }),
    bots: Object.freeze(bots.map(bot => Object.freeze(bot))),
    database: databaseConfig(values, databaseUrl),
    http: httpConfig(values, publicUrl ?? guessPublicUrl(hostName, values), trustProxy, adminToken),
    redis: redisConfig(values),
    links,
    streaming: Object.freeze({ memoryBytes: values.STREAM_MEMORY_MB * MiB, botWindowBytes: values.BOT_WINDOW_MB * MiB, botConnections: values.BOT_CONNECTIONS }),
    storageChatId,
    allowedUsers: values.ALLOWED_USERS === undefined ? null : usersIn(values.ALLOWED_USERS),
    owners: usersIn(values.OWNER_IDS ?? ''),
    replyInChats: isYes(values.REPLY_IN_CHATS),
    indexRate: values.INDEX_RATE,
    shutdownGraceMs: values.SHUTDOWN_GRACE * 1000,
    cipher: values.CIPHER,
    logLevel: values.LOG_LEVEL
  })
}

const samePort: Problem = { variable: 'METRICS_PORT', wrong: 'must be another port than PORT: whoever reaches it reads the metrics', example: 'METRICS_PORT=9464' }

function usersIn (text: string): ReadonlySet<string> {
  return new Set(text.match(/\d+/g))
}

function withoutEmpty (env: NodeJS.ProcessEnv): Settings {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => value === undefined || value.trim() === '' ? [] : [[name, value.trim()]]))
}

function databaseConfig ({ PGSSLMODE: sslMode, DATA_DIR: dataDir, DB_POOL_SIZE: poolSize }: Values, url: string | null): Config['database'] {
  return Object.freeze({ ...(url && { url }), ...(sslMode && { sslMode }), dataDir, poolSize })
}

function httpConfig (values: Values, publicUrl: string, trustProxy: TrustProxy, adminToken: string | null): Config['http'] {
  const { HOST: host, PORT: port, CACHE_MAX_AGE: cacheMaxAgeSeconds, RATE_LIMIT: rateLimitPerMinute, GUESS_LIMIT: guessLimitPerMinute, STREAM_LIMIT: streamLimit } = values
  const bandwidth = Object.freeze({ streamBytesPerSecond: values.STREAM_KIB_PER_SECOND * KiB, clientBytesPerSecond: values.CLIENT_KIB_PER_SECOND * KiB })
  return Object.freeze({ host, port, publicUrl, trustProxy, cacheMaxAgeSeconds, rateLimitPerMinute, guessLimitPerMinute, streamLimit, bandwidth, adminToken, metricsPort: values.METRICS_PORT ?? null })
}

function redisConfig ({ REDIS_URL: url, REDIS_TLS_VERIFY: verify }: Values): Config['redis'] {
  return url === undefined ? null : Object.freeze({ url, verifyTls: verify === undefined || isYes(verify) })
}

function telegramServer ({ TELEGRAM_SERVER: address, TELEGRAM_PUBLIC_KEY: publicKeyPath }: Values): Pick<Config['telegram'], 'server' | 'publicKeyPath'> {
  const [, dcId, host = '', port] = /^(\d+)@(.+):(\d+)$/.exec(address ?? '') ?? []
  const server = { dcId: Number(dcId), host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
  return { ...(address && { server: Object.freeze(server) }), ...(publicKeyPath && { publicKeyPath }) }
}
