import { envSchema } from 'env-schema'
import { Type, type Static, type TSchema } from 'typebox'
import { SSL_MODES } from '../database/tls.js'
import { ConfigError, type Problem, type Settings } from './problems.js'

const YES_NO = '^([Tt][Rr][Uu][Ee]|[Tt]|[Yy][Ee][Ss]|[Yy]|[Oo][Nn]|1|[Ff][Aa][Ll][Ss][Ee]|[Ff]|[Nn][Oo]|[Nn]|[Oo][Ff][Ff]|0)$'
const yesNo = (example: string) => Type.Optional(Type.String({ pattern: YES_NO, description: 'must be true or false', examples: [example] }))

const USER_IDS = '^[\\s,]*[1-9]\\d{0,18}([\\s,]+[1-9]\\d{0,18})*[\\s,]*$'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** What stands for itself. `description` is what a problem's line says after the variable's name. */
const schema = Type.Object({
  API_ID: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'must be the number that my.telegram.org shows as api_id', examples: ['API_ID=1234567'] }),
  API_HASH: Type.String({ pattern: '^[0-9a-fA-F]{32}$', description: 'must be the 32 hexadecimal digits that my.telegram.org shows as api_hash', examples: ['API_HASH=0123456789abcdef0123456789abcdef'] }),
  PGSSLMODE: Type.Optional(Type.Enum([...SSL_MODES], { description: `must be one of ${SSL_MODES.join(', ')}`, examples: ['PGSSLMODE=require'] })),
  DATA_DIR: Type.String({ default: './data' }),
  DB_POOL_SIZE: Type.Integer({ minimum: 2, maximum: 100, default: 8, description: 'must be a number of connections from 2 to 100', examples: ['DB_POOL_SIZE=8'] }),
  HOST: Type.String({ default: '0.0.0.0', pattern: '^[^\\s/]+$', description: 'must be the address to listen on, without a port', examples: ['HOST=0.0.0.0'] }),
  PORT: Type.Integer({ minimum: 1, maximum: 65535, default: 8080, description: 'must be a port number from 1 to 65535', examples: ['PORT=8080'] }),
  METRICS_PORT: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'must be a port number from 1 to 65535', examples: ['METRICS_PORT=9464'] })),
  HAS_SSL: yesNo('HAS_SSL=true'),
  NO_PORT: yesNo('NO_PORT=true'),
  CACHE_MAX_AGE: Type.Integer({ minimum: 0, maximum: 31_536_000, default: 0, description: 'must be a number of seconds from 0 to 31536000', examples: ['CACHE_MAX_AGE=86400'] }),
  RATE_LIMIT: Type.Integer({ minimum: 0, default: 300, description: 'must be the requests that a client may make in a minute, or 0 for no limit', examples: ['RATE_LIMIT=300'] }),
  GUESS_LIMIT: Type.Integer({ minimum: 0, default: 30, description: 'must be the answers with 403 or 404 that a client may get in a minute, or 0 for no limit', examples: ['GUESS_LIMIT=30'] }),
  STREAM_LIMIT: Type.Integer({ minimum: 0, default: 16, description: 'must be the downloads that a client may have at once, or 0 for no limit', examples: ['STREAM_LIMIT=16'] }),
  STREAM_KIB_PER_SECOND: Type.Integer({ minimum: 0, maximum: 2 ** 30, default: 0, description: 'must be the KiB that a download may have in a second, or 0 for no cap', examples: ['STREAM_KIB_PER_SECOND=4096'] }),
  CLIENT_KIB_PER_SECOND: Type.Integer({ minimum: 0, maximum: 2 ** 30, default: 0, description: 'must be the KiB that all downloads of a client together may have in a second, or 0 for no cap', examples: ['CLIENT_KIB_PER_SECOND=16384'] }),
  REDIS_URL: Type.Optional(Type.String({ pattern: '^rediss?://', description: 'must be the URL of a Redis server', examples: ['REDIS_URL=redis://:password@localhost:6379'] })),
  REDIS_TLS_VERIFY: yesNo('REDIS_TLS_VERIFY=false'),
  STREAM_MEMORY_MB: Type.Integer({ minimum: 8, maximum: 65536, default: 96, description: 'must be a whole number of MiB from 8 to 65536', examples: ['STREAM_MEMORY_MB=96'] }),
  BOT_WINDOW_MB: Type.Integer({ minimum: 1, maximum: 256, default: 4, description: 'must be a whole number of MiB from 1 to 256', examples: ['BOT_WINDOW_MB=4'] }),
  BOT_CONNECTIONS: Type.Integer({ minimum: 1, maximum: 8, default: 2, description: 'must be a number of connections from 1 to 8', examples: ['BOT_CONNECTIONS=2'] }),
  TELEGRAM_SERVER: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,4}@([^\\s@:/]+|\\[[0-9a-fA-F:.]+\\]):([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$', description: 'must be <dc id>@<host>:<port>', examples: ['TELEGRAM_SERVER=2@127.0.0.1:4430'] })),
  TELEGRAM_PUBLIC_KEY: Type.Optional(Type.String()),
  ALLOWED_USERS: Type.Optional(Type.String({ pattern: USER_IDS, description: 'must be the numeric ids of users, separated by commas', examples: ['ALLOWED_USERS=123456789,987654321'] })),
  OWNER_IDS: Type.Optional(Type.String({ pattern: USER_IDS, description: 'must be the numeric ids of users, separated by commas', examples: ['OWNER_IDS=123456789'] })),
  INDEX_RATE: Type.Integer({ minimum: 1, maximum: 100_000, default: 100, description: 'must be the messages that each bot may read in a second when it indexes, from 1 to 100000', examples: ['INDEX_RATE=100'] }),
  REPLY_IN_CHATS: yesNo('REPLY_IN_CHATS=true'),
  SHUTDOWN_GRACE: Type.Number({ minimum: 0, maximum: 3600, default: 25, description: 'must be a number of seconds from 0 to 3600', examples: ['SHUTDOWN_GRACE=25'] }),
  CIPHER: Type.Enum(['auto', 'wasm'], { default: 'auto', description: 'must be auto, for the fastest cipher that is installed, or wasm', examples: ['CIPHER=auto'] }),
  LOG_LEVEL: Type.Enum([...LOG_LEVELS], { default: 'info', description: `must be one of ${LOG_LEVELS.join(', ')}`, examples: ['LOG_LEVEL=info'] })
})

export type Values = Static<typeof schema>

/** Reads the settings that stand for themselves, with their defaults; `null`, and what is wrong in `problems`, where that fails. */
export function readValues (settings: Settings, problems: Problem[]): Values | null {
  try {
    return envSchema<Values>({ schema, data: { ...settings }, env: false })
  } catch (error) {
    const variables = failedVariables(error)
    if (variables.size === 0) throw error
    for (const variable of variables) problems.push(describe(variable, settings[variable] === undefined))
    return null
  }
}

/** `LOG_LEVEL` alone, for who needs no other setting. Throws ConfigError. */
export function readLogLevel (env: NodeJS.ProcessEnv, otherwise: typeof LOG_LEVELS[number]): string {
  const text = env['LOG_LEVEL']?.trim() || otherwise
  if (!LOG_LEVELS.some(level => level === text)) throw new ConfigError([describe('LOG_LEVEL', false)])
  return text
}

/** Says yes to the words that existing bots of this kind take for it. */
export function isYes (text: string | undefined): boolean {
  return text !== undefined && /^(true|t|yes|y|on|1)$/i.test(text)
}

/** Ajv names the variable in the path, or where it is missing in the parameters. */
function failedVariables (error: unknown): Set<string> {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return new Set()
  const details: Array<{ instancePath: string, params: { missingProperty?: string } }> = error.errors
  return new Set(details.map(({ instancePath, params }) => params.missingProperty ?? instancePath.slice(1)))
}

function describe (variable: string, isMissing: boolean): Problem {
  const properties: Record<string, TSchema & { description?: string, examples?: unknown }> = schema.properties
  const { description = 'is wrong', examples } = properties[variable] ?? {}
  return {
    variable,
    wrong: isMissing ? `is missing: it ${description}` : description,
    example: Array.isArray(examples) ? String(examples[0]) : `${variable}=…`
  }
}
