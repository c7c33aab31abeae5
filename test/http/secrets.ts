import { pino } from 'pino'
import t from 'tap'
import { FileGone, FileUnavailable } from '../../src/errors.js'
import type { BotId, MediaFile } from '../../src/media.js'
import { get, listening, mediaFile, type PartsChange, readAll } from './fixtures/server.js'

/** What may stand in an error of ours, of PostgreSQL, GramJS or Node, and nowhere else. */
const secrets = ['7654321098:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQz', 'postgres://user:hunter2@db.internal:5432/x', 'SELECT b_1 FROM media_files', '/srv/teleferry/dist/http/server.js', '-1001234567890', 'BQACAgIAAxkBAAI', 'ECONNREFUSED 10.1.2.3']
const revealing = [...secrets, 'hunter2', 'teleferry/', 'node_modules', 'node:internal', '    at ', '7654321098', 'b_1', 'media_files']

function fail (): never {
  throw Object.assign(new Error(secrets.join(' ')), { stack: `Error: ${secrets.join(' ')}\n    at open (/srv/teleferry/node_modules/x.js:1:1)`, detail: secrets[2], address: '10.1.2.3' })
}

const copies = [{ botId: '7654321098' as BotId, fileId: 'BQACAgIAAxkBAAI' }]
const cause = new Error(secrets.join(' '))
const found = async (file: MediaFile = mediaFile()) => ({ file, copies })

/** Everything that can go wrong behind a request. */
const troubles: Record<string, PartsChange> = {
  nothing: { findMedia: async () => await found() },
  'the database': { findMedia: async () => fail() },
  'a mistake in opening': { findMedia: async () => await found(), openFile: async () => fail() },
  'no bot now': { findMedia: async () => await found(), openFile: async () => { throw new FileUnavailable(mediaFile().id, 5, { cause }) } },
  'no bot any more': { findMedia: async () => await found(), openFile: async () => { throw new FileGone(mediaFile().id, { cause }) } },
  'an error with a status of its own': { findMedia: async () => await found(), openFile: async () => { throw Object.assign(new Error(secrets.join(' ')), { statusCode: 500, code: secrets[0] }) } },
  'an error that is no error': { findMedia: async () => await found(), openFile: async () => await Promise.reject(secrets) },
  'the size': { findMedia: async () => await found({ ...mediaFile(), size: null }), sizeOf: async () => fail() },
  'the first byte': { findMedia: async () => await found(), firstByteMs: 1, openFile: async () => await new Promise(() => {}) },
  'the middle': { findMedia: async () => await found(), openFile: async () => (async function * () { yield new Uint8Array(10); fail() })() },
  health: { readiness: async () => fail() },
  bots: { readiness: async () => ({ ready: false, database: 'unreachable', cipher: 'wasm', bots: [{ botId: copies[0]?.botId ?? '1' as BotId, username: 'a_bot', state: 'gone', reason: secrets.join(' ') }] }) }
}

const requests = [
  ...['/download/AgADfile', '/download/AgADfile/film.mp4', '/download/unknown', '/download/a.b', '/download/%zz', '/', '/nothing', '/readyz', '/healthz'].map(path => get(path, 'Connection: close\r\n')),
  get('/download/AgADfile', 'Connection: close\r\n', 'HEAD'),
  get('/download/AgADfile', 'Connection: close\r\n', 'POST'),
  get('/download/AgADfile', 'Connection: close\r\n', 'OPTIONS'),
  get('/download/AgADfile', 'Connection: close\r\nRange: bytes=5000-\r\n'),
  get('/download/AgADfile', 'Connection: close\r\nIf-Match: "x"\r\n'),
  'nonsense\r\n\r\n',
  get('/', `X: ${'x'.repeat(20_000)}\r\n`)
]

t.test('whatever fails, strangers are told nothing of what is inside', async t => {
  for (const [name, change] of Object.entries(troubles)) {
    // The log may know; health's routes have a level of their own.
    const logger = pino({}, { write: () => {} })
    const { dial } = await listening(t, { logger, rateLimitPerMinute: 1000, guessLimitPerMinute: 1000, streamLimit: 16, ...change })
    for (const request of requests) {
      const socket = await dial()
      socket.write(request)
      const answer = (await readAll(socket)).toString('latin1')
      t.match(answer, /^HTTP\/1\.1 \d{3} /)
      t.same(revealing.filter(word => answer.includes(word)), [], `${name}: ${request.slice(0, 60)}`)
      t.notMatch(answer, /^(server|x-powered-by|via):/im)
    }
  }
})
