import t from 'tap'
import { loadConfig } from '../src/config.js'
import { ConfigError } from '../src/config/problems.js'

const SECRET = 'AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQz'
const token = (id: number) => `${id}:${SECRET}`
const tokens = (count: number) => Array.from({ length: count }, (_, index) => token(1001 + index)).join(',')

const enough = { API_ID: '12345', API_HASH: '0123456789abcdef0123456789abcdef', BOT_TOKENS: token(1001) }

/** The message of what is wrong, or '' where nothing is. */
function complaint (env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

const variablesIn = (message: string) => message.split('\n').map(line => line.split(' ')[0])
const ids = (env: NodeJS.ProcessEnv) => loadConfig(env).bots.map(({ id }) => id)

t.test('three settings are enough, the others have defaults', async t => {
  t.same(loadConfig(enough), {
    telegram: { apiId: 12345, apiHash: enough.API_HASH },
    bots: [{ id: '1001', token: token(1001) }],
    database: { dataDir: './data', poolSize: 8 },
    http: { host: '0.0.0.0', port: 8080, publicUrl: 'http://localhost:8080', trustProxy: false, cacheMaxAgeSeconds: 0, rateLimitPerMinute: 300, guessLimitPerMinute: 30, streamLimit: 16, bandwidth: { streamBytesPerSecond: 0, clientBytesPerSecond: 0 }, adminToken: null, metricsPort: null },
    links: { secret: null, ttlSeconds: null },
    redis: null,
    streaming: { memoryBytes: 96 * 2 ** 20, botWindowBytes: 4 * 2 ** 20, botConnections: 2 },
    storageChatId: null,
    allowedUsers: null,
    owners: new Set(),
    replyInChats: false,
    indexRate: 100,
    shutdownGraceMs: 25_000,
    cipher: 'auto',
    logLevel: 'info'
  })
})

t.test('everything can be set', async t => {
  t.same(loadConfig({
    ...enough,
    DATABASE_URL: 'postgresql://u:p@db/name',
    PGSSLMODE: 'require',
    DATA_DIR: '/srv/data',
    DB_POOL_SIZE: '4',
    HOST: '::1',
    PORT: '80',
    METRICS_PORT: '9464',
    PUBLIC_URL: 'https://example.org/files/',
    TRUST_PROXY: '1',
    CACHE_MAX_AGE: '86400',
    RATE_LIMIT: '0',
    GUESS_LIMIT: '5',
    STREAM_LIMIT: '3',
    STREAM_KIB_PER_SECOND: '1024',
    CLIENT_KIB_PER_SECOND: '4096',
    REDIS_URL: 'rediss://:secret@redis.example:6380',
    REDIS_TLS_VERIFY: 'no',
    STREAM_MEMORY_MB: '8',
    BOT_WINDOW_MB: '16',
    BOT_CONNECTIONS: '3',
    STORAGE_CHAT_ID: '-1001234567890',
    ALLOWED_USERS: '42, 43\n44',
    OWNER_IDS: '42',
    LINK_SECRET: 'a secret of twenty-two',
    LINK_TTL: '7d',
    ADMIN_TOKEN: 'sixteen-letters!',
    TELEGRAM_SERVER: '2@[::1]:4430',
    TELEGRAM_PUBLIC_KEY: 'key.pem',
    REPLY_IN_CHATS: 'yes',
    INDEX_RATE: '500',
    SHUTDOWN_GRACE: '0.5',
    CIPHER: 'wasm',
    LOG_LEVEL: 'debug',
    HOME: '/root'
  }), {
    telegram: { apiId: 12345, apiHash: enough.API_HASH, server: { dcId: 2, host: '::1', port: 4430 }, publicKeyPath: 'key.pem' },
    bots: [{ id: '1001', token: token(1001) }],
    database: { url: 'postgresql://u:p@db/name', sslMode: 'require', dataDir: '/srv/data', poolSize: 4 },
    http: { host: '::1', port: 80, publicUrl: 'https://example.org/files', trustProxy: 1, cacheMaxAgeSeconds: 86_400, rateLimitPerMinute: 0, guessLimitPerMinute: 5, streamLimit: 3, bandwidth: { streamBytesPerSecond: 1_048_576, clientBytesPerSecond: 4_194_304 }, adminToken: 'sixteen-letters!', metricsPort: 9464 },
    links: { secret: 'a secret of twenty-two', ttlSeconds: 604_800 },
    redis: { url: 'rediss://:secret@redis.example:6380', verifyTls: false },
    streaming: { memoryBytes: 8 * 2 ** 20, botWindowBytes: 16 * 2 ** 20, botConnections: 3 },
    storageChatId: '-1001234567890',
    allowedUsers: new Set(['42', '43', '44']),
    owners: new Set(['42']),
    replyInChats: true,
    indexRate: 500,
    shutdownGraceMs: 500,
    cipher: 'wasm',
    logLevel: 'debug'
  })
})

t.test('an empty value is no value', async t => {
  const empty = Object.fromEntries(['DATABASE_URL', 'PORT', 'PUBLIC_URL', 'STORAGE_CHAT_ID', 'ALLOWED_USERS', 'TRUST_PROXY', 'MULTI_TOKEN1', 'FQDN', 'LOG_LEVEL', 'PGSSLMODE'].map(name => [name, ' ']))
  t.same(loadConfig({ ...enough, ...empty }), loadConfig(enough))
  t.same(variablesIn(complaint({ API_ID: '', API_HASH: '', BOT_TOKENS: '' })), ['API_ID', 'API_HASH', 'BOT_TOKENS'])
})

t.test('the environment is not touched, and nobody can touch the settings', async t => {
  const env = Object.freeze({ ...enough, PORT: '1' })
  const config = loadConfig(env)
  for (const part of [config, config.telegram, config.bots, config.bots[0], config.database, config.http, config.http.bandwidth, config.links, config.streaming]) t.ok(Object.isFrozen(part))
})

t.test('all that is wrong is said at once, one line each with an example, and no value is shown', async t => {
  const wrong: Record<string, string> = {
    API_ID: 'SECRET-1',
    API_HASH: 'SECRET-2',
    BOT_TOKENS: 'SECRET-3',
    DATABASE_URL: 'mysql://root:SECRET-4@host/name',
    PGSSLMODE: 'SECRET-5',
    DB_POOL_SIZE: '0',
    HOST: 'http://SECRET-6',
    PORT: '65536',
    METRICS_PORT: 'SECRET-18',
    PUBLIC_URL: 'SECRET-7',
    FQDN: 'https://SECRET-8',
    HAS_SSL: 'SECRET-9',
    NO_PORT: '2',
    TRUST_PROXY: 'SECRET-10',
    RATE_LIMIT: '1.5',
    STREAM_MEMORY_MB: '7',
    BOT_WINDOW_MB: '0',
    BOT_CONNECTIONS: 'SECRET-13',
    STORAGE_CHAT_ID: '@SECRET_11',
    ALLOWED_USERS: '@SECRET_12',
    OWNER_IDS: '@SECRET_14',
    LINK_SECRET: 'SECRET-15',
    LINK_TTL: 'SECRET-16',
    ADMIN_TOKEN: 'SECRET-17',
    TELEGRAM_SERVER: '2@host:65536',
    REPLY_IN_CHATS: 'maybe',
    INDEX_RATE: '0',
    SHUTDOWN_GRACE: '-1',
    LOG_LEVEL: 'loud'
  }
  const message = complaint(wrong)
  t.same(variablesIn(message).sort(), Object.keys(wrong).sort())
  t.notMatch(message, /SECRET[-_]\d/)
  for (const line of message.split('\n')) t.match(line, /^[A-Z_]+ .+, for example [A-Z_]+=\S+/)
})

t.test('a database\'s URL that its own password cuts short is refused, and no piece of it shown', t => {
  const complaintAbout = (DATABASE_URL: string, env: NodeJS.ProcessEnv = {}) => complaint({ ...enough, ...env, DATABASE_URL })
  for (const character of '#/?') {
    for (const password of [`ab@c${character}wXyZ`, `ab${character}c@wXyZ`, `ab${character}wXyZ`, `12${character}wXyZ`]) {
      const message = complaintAbout(`postgres://anna:${password}@host.example/films`)
      t.match(message, /^DATABASE_URL has a user or password with characters .* write # as %23/, password)
      t.notMatch(message, /wXyZ|host\.example|12/, password)
    }
  }
  for (const url of ['postgres://anna:ab@c/w=yZ@host/films', 'postgres://anna:ab@c/wXyZ@host:5432', 'postgres://an/na:wXyZ@host/films']) t.match(complaintAbout(url), /^DATABASE_URL has a user or password with/, url)
  for (const url of ['postgres://', 'postgres:///', 'postgres://host:5432', 'postgres://host/?sslmode=require']) t.match(complaintAbout(url), /^DATABASE_URL names no database: its name stands last/, url)
  const good = [
    'postgres://u:p@host/films', 'postgresql://u:p%23%2F%3F@host:5432/films?sslmode=require', 'postgres://u:p@ss@host/films', 'postgres:///films?host=/var/run/postgresql', 'postgres://u:p@host/films?application_name=a@b',
    'postgres://u:p@host/films@2', 'postgres://u:p@host:5432/films@example.org?sslmode=require', 'postgres://host/films@2', 'postgres:///films@2?host=/run/postgresql', 'postgres://host/films?application_name=a@b',
    'postgres://u@host', 'postgres://host/films', 'postgres://%2Fvar%2Frun%2Fpostgresql/films', 'postgres://u:p@[::1]:5432/films'
  ]
  for (const url of good) t.equal(complaintAbout(url), '', url)
  t.equal(complaintAbout('postgres://host', { PGDATABASE: 'films' }), '')
  t.end()
})

t.test('Heroku keeps no files, so a database must be named there', t => {
  t.match(complaint({ ...enough, DYNO: 'web.1' }), /^DATABASE_URL is missing, and on Heroku .*: add a database with heroku addons:create heroku-postgresql:essential-0, which sets it, for example DATABASE_URL=postgres:/)
  t.equal(complaint({ ...enough, DYNO: 'release.1', DATABASE_URL: 'postgres://u:p@host/films' }), '')
  t.end()
})

t.test('tokens may be written with blanks and line breaks, and keep their order', async t => {
  t.same(ids({ ...enough, BOT_TOKENS: `\n ${token(3)} ,\n${token(1)},, ${token(2)}\n,` }), ['3', '1', '2'])
  t.equal(ids({ ...enough, BOT_TOKENS: tokens(11) }).length, 11)
})

t.test('the names that existing bots use for tokens are read in their order', async t => {
  const { BOT_TOKENS, ...rest } = enough
  t.same(ids({ ...rest, MULTI_TOKEN10: token(12), MULTI_TOKEN2: token(4), BOT_TOKEN: token(2), MULTI_TOKEN1: token(3) }), ['2', '3', '4', '12'])
})

t.test('wrong tokens are named by where they stand, never by what they are', async t => {
  const { BOT_TOKENS, ...rest } = enough
  const cases: Array<[NodeJS.ProcessEnv, RegExp]> = [
    [{ BOT_TOKENS: tokens(12) }, /^BOT_TOKENS has 12 tokens, and there may be at most 11/],
    [{ BOT_TOKENS: `${token(5)},${token(6)},${token(5)}` }, /^BOT_TOKENS \(token 3 of 3\) belongs to the same bot as BOT_TOKENS \(token 1 of 3\)/],
    [{ BOT_TOKENS: `${token(5)},${SECRET}` }, /^BOT_TOKENS \(token 2 of 2\) is no bot token/],
    [{ BOT_TOKENS: `${token(5)}extra-extra-extra` }, /^BOT_TOKENS is no bot token/],
    [{ BOT_TOKEN: token(5), MULTI_TOKEN3: SECRET }, /^MULTI_TOKEN3 is no bot token/],
    [{ BOT_TOKEN: token(5), MULTI_TOKEN3: token(5) }, /^MULTI_TOKEN3 belongs to the same bot as BOT_TOKEN/],
    [{ BOT_TOKENS: token(5), MULTI_TOKEN1: token(6) }, /^BOT_TOKENS is set together with MULTI_TOKEN1: keep one of the two forms/]
  ]
  for (const [env, expected] of cases) {
    const message = complaint({ ...rest, ...env })
    t.match(message, expected)
    t.notOk(message.includes(SECRET))
    t.equal(message.split('\n').length, 1)
  }
})

t.test('the storage chat has three names, and a wrong id is explained', async t => {
  const storage = (env: NodeJS.ProcessEnv) => loadConfig({ ...enough, ...env }).storageChatId
  t.equal(storage({ BIN_CHANNEL: '-1001234567890' }), '-1001234567890')
  t.equal(storage({ LOG_CHANNEL: '-1001234567890' }), '-1001234567890')
  t.equal(storage({ LOG_CHANNEL: '-1001111111111', BIN_CHANNEL: '-1002222222222', STORAGE_CHAT_ID: '-1003333333333' }), '-1003333333333')
  t.match(complaint({ ...enough, STORAGE_CHAT_ID: '1234567890' }), /^STORAGE_CHAT_ID is positive, so it is a user's id or lacks what comes before it/)
  t.match(complaint({ ...enough, BIN_CHANNEL: '-1234567890' }), /^BIN_CHANNEL is a basic group's id or too short.*BIN_CHANNEL=-100/)
  t.match(complaint({ ...enough, BIN_CHANNEL: '-100' }), /^BIN_CHANNEL is a basic group's id or too short/)
  t.match(complaint({ ...enough, LOG_CHANNEL: 'my channel' }), /^LOG_CHANNEL is not a number/)
})

t.test('links begin with PUBLIC_URL, or as FQDN, HAS_SSL and NO_PORT say, or with where it listens', async t => {
  const cases: Array<[NodeJS.ProcessEnv, string]> = [
    [{ PUBLIC_URL: 'https://a.example' }, 'https://a.example'],
    [{ PUBLIC_URL: 'https://a.example//', FQDN: 'b.example' }, 'https://a.example'],
    [{ FQDN: 'b.example' }, 'http://b.example:8080'],
    [{ FQDN: 'b.example', HAS_SSL: 'True' }, 'https://b.example:8080'],
    [{ FQDN: 'b.example', HAS_SSL: '1', NO_PORT: 't' }, 'https://b.example'],
    [{ FQDN: 'b.example', HAS_SSL: 'false', NO_PORT: 'y' }, 'http://b.example'],
    [{ FQDN: 'b.example', HAS_SSL: 'yes', PORT: '443' }, 'https://b.example'],
    [{ HOST: '127.0.0.1', PORT: '3000' }, 'http://127.0.0.1:3000'],
    [{ HOST: '::', PORT: '3000' }, 'http://localhost:3000'],
    [{ HOST: '::1' }, 'http://[::1]:8080']
  ]
  for (const [env, expected] of cases) t.equal(loadConfig({ ...enough, ...env }).http.publicUrl, expected, JSON.stringify(env))
  for (const url of ['example.org', 'ftp://example.org', 'https://example.org?x', 'https://example.org#x', 'https://user:pw@example.org']) {
    t.match(complaint({ ...enough, PUBLIC_URL: url }), /^PUBLIC_URL must be/, url)
  }
})

t.test('LINK_TTL has a unit, and says nothing without LINK_SECRET', async t => {
  const LINK_SECRET = '0123456789abcdef'
  const cases: Array<[string, number]> = [['90', 90], ['90s', 90], ['15m', 900], ['2h', 7200], ['7d', 604_800]]
  for (const [LINK_TTL, ttlSeconds] of cases) t.same(loadConfig({ ...enough, LINK_SECRET, LINK_TTL }).links, { secret: LINK_SECRET, ttlSeconds }, LINK_TTL)
  for (const LINK_TTL of ['0', '-1', '7 days', '1w', '4000d', '1.5h']) t.match(complaint({ ...enough, LINK_SECRET, LINK_TTL }), /^LINK_TTL must be how long/, LINK_TTL)
  t.match(complaint({ ...enough, LINK_TTL: '7d' }), /^LINK_TTL needs LINK_SECRET/)
  t.match(complaint({ ...enough, LINK_SECRET: 'short' }), /^LINK_SECRET must be at least 16/)
})

t.test('a secret is no command that nobody runs, and the message shows none of it', async t => {
  const takes = 'take what the command openssl rand -hex 32 prints, for example'
  for (const variable of ['LINK_SECRET', 'ADMIN_TOKEN']) {
    t.match(complaint({ ...enough, [variable]: '$(openssl rand -hex 32)' }), `${variable} begins with $(, as if a command stood there, and none is run: ${takes}`)
    t.match(complaint({ ...enough, [variable]: '`openssl rand -hex 32`' }), `${variable} begins with a backtick, as if`)
    t.match(complaint({ ...enough, [variable]: '$(cat /run/SECRET)' }), /^(?!.*SECRET\))/)
    t.match(complaint({ ...enough, [variable]: 'fifteen-letters' }), `${variable} must be at least 16 characters that nobody can guess: ${takes}`)
    t.equal(complaint({ ...enough, [variable]: 'not-$(a-command)-but-odd' }), '')
    const [, example = ''] = /for example (\S+)$/.exec(complaint({ ...enough, [variable]: 'short' })) ?? []
    t.not(complaint({ ...enough, [variable]: example.split('=')[1] }), '', 'the example is no secret')
  }
  for (const ADMIN_TOKEN of ['sixteen letters !', 'sixteen-letters-é']) t.match(complaint({ ...enough, ADMIN_TOKEN }), /^ADMIN_TOKEN must hold ASCII characters alone/)
  t.equal(complaint({ ...enough, LINK_SECRET: 'sechzehn Zeichen und ß' }), '')
})

t.test('proxies are believed only as far as TRUST_PROXY says', async t => {
  const cases: Array<[string, boolean | number | string]> = [
    ['', false], ['false', false], ['0', false], ['TRUE', true], ['1', 1], ['2', 2],
    ['10.0.0.0/8', '10.0.0.0/8'], ['127.0.0.1, ::1 fc00::/7', '127.0.0.1,::1,fc00::/7'], ['loopback,uniquelocal', 'loopback,uniquelocal']
  ]
  for (const [text, expected] of cases) t.equal(loadConfig({ ...enough, TRUST_PROXY: text }).http.trustProxy, expected, text)
  for (const text of ['proxy.local', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', '-1', ',']) t.match(complaint({ ...enough, TRUST_PROXY: text }), /^TRUST_PROXY must be/, text)
})

t.test('numbers must be numbers within their bounds', async t => {
  const wrong: Array<[string, string]> = [
    ['API_ID', '0'], ['API_ID', '1.5'], ['API_ID', '2147483648'], ['PORT', '0'], ['PORT', 'http'], ['METRICS_PORT', '0'], ['METRICS_PORT', '8080'], ['DB_POOL_SIZE', '101'],
    ['RATE_LIMIT', '-1'], ['CACHE_MAX_AGE', '1d'], ['CACHE_MAX_AGE', '-1'], ['GUESS_LIMIT', 'many'], ['STREAM_LIMIT', '1.5'], ['STREAM_KIB_PER_SECOND', '-1'], ['CLIENT_KIB_PER_SECOND', '1M'], ['REDIS_URL', 'localhost:6379'], ['REDIS_TLS_VERIFY', 'perhaps'], ['SHUTDOWN_GRACE', '1h'], ['TELEGRAM_SERVER', '0@host:443'], ['TELEGRAM_SERVER', '2@host'], ['ALLOWED_USERS', '-100123'], ['ALLOWED_USERS', ',']
  ]
  for (const [name, value] of wrong) t.same(variablesIn(complaint({ ...enough, [name]: value })), [name], `${name}=${value}`)
})
