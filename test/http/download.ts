import t from 'tap'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { FileGone, FileUnavailable } from '../../src/errors.js'
import { cacheControl } from '../../src/http/cache-control.js'
import { withoutValues } from '../../src/http/logger.js'
import type { partsWith } from './fixtures/server.js'
import { botId, bytes, get, listening, mediaFile, pieces, readAnswer, serverWith } from './fixtures/server.js'

const url = '/download/AgADfile'
const copies = [{ botId, fileId: 'secret' }]

t.test('GET gives the file, with or without a name in the path', async t => {
  const app = serverWith(t)
  for (const path of [url, `${url}/`, `${url}/film.mp4`, `${url}/${encodeURIComponent('Фильм №1/2.mkv'.repeat(25))}`]) {
    const answer = await app.inject(path)
    t.equal(answer.statusCode, 200, path.slice(0, 40))
    t.ok(answer.rawPayload.equals(bytes))
    t.match(answer.headers, { 'content-length': '1000', 'content-type': 'video/mp4', 'access-control-allow-origin': '*' })
  }
})

t.test('pages of other sites may play: what they need is exposed, and what they ask first is granted', async t => {
  const app = serverWith(t)
  const needed = ['accept-ranges', 'content-disposition', 'content-length', 'content-range', 'etag', 'retry-after']
  for (const [path, status] of [[url, 200], [`${url}/film.mp4`, 200], ['/download/unknown', 404], ['/download/a.b', 400]] as const) {
    const { statusCode, headers } = await app.inject({ url: path, headers: { origin: 'https://player.example' } })
    t.equal(statusCode, status)
    t.match(headers, { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }, path)
    const exposed = String(headers['access-control-expose-headers']).toLowerCase().split(', ')
    t.same(needed.filter(name => !exposed.includes(name)), [], path)
    t.notOk('vary' in headers, 'all origins get the same')
    t.notOk('access-control-allow-credentials' in headers)
  }
  for (const path of [url, `${url}/film.mp4`, '/download/unknown']) {
    const asked = { origin: 'https://player.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'if-range, range' }
    const { statusCode, headers, payload } = await app.inject({ method: 'OPTIONS', url: path, headers: asked })
    t.same([statusCode, payload], [204, ''])
    t.match(headers, { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, HEAD', allow: 'GET, HEAD, OPTIONS', 'access-control-max-age': '86400' })
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
    t.same(['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'].filter(name => !allowed.includes(name)), [])
  }
})

t.test('Range gives a part, and 416 beyond the end', async t => {
  const app = serverWith(t)
  const part = await app.inject({ url, headers: { range: 'bytes=250-649' } })
  t.match(part, { statusCode: 206, headers: { 'content-range': 'bytes 250-649/1000', 'content-length': '400' } })
  t.ok(part.rawPayload.equals(bytes.subarray(250, 650)))
  const beyond = await app.inject({ url, headers: { range: 'bytes=1000-' } })
  t.match(beyond, { statusCode: 416, headers: { 'content-range': 'bytes */1000', 'content-type': /^application\/problem\+json/, 'access-control-allow-origin': '*' } })
  t.match(beyond.json(), { type: 'about:blank', title: 'Range Not Satisfiable', status: 416, code: 'RANGE_NOT_SATISFIABLE' })
})

t.test('HEAD says what GET would, and touches no bot', async t => {
  const app = serverWith(t, { openFile: async () => { throw new Error('it was touched') } })
  for (const path of [url, `${url}/film.mp4`]) {
    const answer = await app.inject({ method: 'HEAD', url: path, headers: { range: 'bytes=0-1' } })
    t.match(answer, { statusCode: 200, payload: '', headers: { 'content-length': '1000', 'accept-ranges': 'bytes', etag: /^"/ } })
  }
})

t.test('a matching copy costs nothing: 304', async t => {
  const app = serverWith(t, { openFile: async () => { throw new Error('it was touched') } })
  const { headers: { etag } } = await app.inject({ method: 'HEAD', url })
  const answer = await app.inject({ url, headers: { 'if-none-match': String(etag) } })
  t.match(answer, { statusCode: 304, payload: '', headers: { etag, 'cache-control': 'public, no-cache, no-transform' } })
  t.notOk('content-type' in answer.headers)
  t.match(await app.inject({ url, headers: { 'if-match': '"other"' } }), { statusCode: 412, headers: { 'content-type': /problem\+json/ } })
})

t.test('an empty file is 200 and touches no bot', async t => {
  const app = serverWith(t, {
    findMedia: async () => ({ file: mediaFile({ size: 0 }), copies }),
    openFile: async () => { throw new Error('it was touched') }
  })
  t.match(await app.inject(url), { statusCode: 200, payload: '', headers: { 'content-length': '0' } })
  t.match(await app.inject({ url, headers: { range: 'bytes=0-' } }), { statusCode: 416, headers: { 'content-range': 'bytes */0' } })
})

t.test('?download saves, in every spelling', async t => {
  const app = serverWith(t)
  t.match(await app.inject(url), { headers: { 'content-disposition': 'inline; filename="film.mp4"' } })
  for (const query of ['?download', '?download=', '?download=1', '?x=1&download', '?download=a&download=b']) {
    t.match(await app.inject(url + query), { statusCode: 200, headers: { 'content-disposition': 'attachment; filename="film.mp4"' } }, query)
  }
})

t.test('a file whose size nobody noted is measured first, and then has ranges', async t => {
  const app = serverWith(t, {
    findMedia: async () => ({ file: { ...mediaFile(), size: null }, copies }),
    sizeOf: async () => 1000
  })
  t.match(await app.inject({ url, headers: { range: 'bytes=-100' } }), { statusCode: 206, headers: { 'content-range': 'bytes 900-999/1000' } })
  const whole = await app.inject(url)
  t.match(whole, { statusCode: 200, headers: { 'content-length': '1000', etag: /^"/ } })
  t.ok(whole.rawPayload.equals(bytes))
})

t.test('HEAD of such a file leaves out what only Telegram could tell', async t => {
  const { dial } = await listening(t, {
    findMedia: async () => ({ file: { ...mediaFile(), size: null }, copies }),
    sizeOf: async () => { throw new Error('Telegram was asked') }
  })
  const socket = await dial()
  socket.write(get(url, 'Range: bytes=0-1\r\n', 'HEAD') + get(url, '', 'HEAD'))
  for (let round = 0; round < 2; round++) {
    const { head } = await readAnswer(socket, false)
    t.match(head, /^HTTP\/1.1 200 [^]*content-type: video\/mp4/)
    t.notMatch(head, /^(content-length|transfer-encoding|etag|content-range):/im)
  }
})

t.test('how long caches keep a file is the owner\'s choice; nobody may rewrite it', async t => {
  const cacheOf = async (cacheMaxAgeSeconds: number) => (await serverWith(t, { cacheMaxAgeSeconds }).inject(url)).headers['cache-control']
  t.equal(await cacheOf(0), 'public, no-cache, no-transform')
  t.equal(await cacheOf(86_400), 'public, max-age=86400, no-transform')
  const app = serverWith(t, { cacheMaxAgeSeconds: 86_400 })
  for (const [headers, status] of [[{ 'if-match': '"x"' }, 412], [{ range: 'bytes=5000-' }, 416]] as const) {
    t.match(await app.inject({ url, headers }), { statusCode: status, headers: { 'cache-control': 'no-store' } }, 'what one client is refused is kept for nobody')
  }
  t.match(await app.inject('/download/unknown'), { statusCode: 404, headers: { 'cache-control': 'no-store' } })
  t.equal(cacheControl(0, true), 'private, no-cache, no-transform')
  t.equal(cacheControl(86_400, true), 'private, no-cache, no-transform', 'a signed link is nobody else\'s')
})

t.test('the parts get the file with its size, the copies and the half-open range', async t => {
  t.plan(1)
  const app = serverWith(t, {
    openFile: async (file, copies, range, signal) => {
      t.match({ file, copies, range, signal }, { file: mediaFile(), copies, range: { start: 5, end: 7 }, signal: AbortSignal })
      return pieces(range)
    }
  })
  await app.inject({ url, headers: { range: 'bytes=5-6' } })
})

t.test('an id that is none is 400 and never reaches the catalogue', async t => {
  const app = serverWith(t, { findMedia: async () => { throw new Error('it was reached') } })
  for (const id of ['a'.repeat(65), 'a.b', 'a%20b', '%00', 'a%2Fb', 'é', "'--", 'a:b', '..%2f']) {
    const answer = await app.inject(`/download/${encodeURI(id).replaceAll('%25', '%')}`)
    t.match(answer, { statusCode: 400, headers: { 'content-type': /^application\/problem\+json/ } }, id)
    t.match(answer.json(), { status: 400, title: 'Bad Request', detail: /1 to 64 letters/ })
  }
})

t.test('an id of 64 characters is looked up', async t => {
  t.equal((await serverWith(t).inject(`/download/${'-_aZ'.repeat(16)}`)).statusCode, 404)
})

t.test('what cannot be answered has its own status, in problem+json', async t => {
  const id = mediaFile().id
  const secret = 'postgres://user:password@host'
  const cases: Array<[name: string, change: Parameters<typeof partsWith>[0], status: number, code: string, retryAfter?: string]> = [
    ['unknown', { findMedia: async () => null }, 404, 'UNKNOWN_FILE'],
    ['known, but no bot has it', { findMedia: async () => ({ file: mediaFile(), copies: [] }) }, 410, 'FILE_GONE'],
    ['gone', { openFile: async () => { throw new FileGone(id) } }, 410, 'FILE_GONE'],
    ['resting', { openFile: async () => { throw new FileUnavailable(id, 77) } }, 503, 'FILE_UNAVAILABLE', '77'],
    ['database down', { findMedia: async () => { throw new Error(secret) } }, 503, 'DATABASE_UNREACHABLE', '5'],
    ['a mistake of ours', { openFile: async () => { throw new TypeError(secret) } }, 500, 'INTERNAL'],
    ['not even an error', { openFile: async () => await Promise.reject(secret) }, 500, 'INTERNAL'],
    ['too slow', { firstByteMs: 5, openFile: async () => await new Promise(() => {}) }, 503, 'FIRST_BYTE_LATE', '5'],
    ['too slow to measure', { firstByteMs: 5, findMedia: async () => ({ file: { ...mediaFile(), size: null }, copies }), sizeOf: async () => await new Promise(() => {}) }, 503, 'FIRST_BYTE_LATE', '5']
  ]
  for (const [name, change, status, code, retryAfter] of cases) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await serverWith(t, change).inject({ method, url })
      if (method === 'HEAD' && answer.statusCode === 200) continue
      t.equal(answer.statusCode, status, name)
      t.match(answer.headers['content-type'], /^application\/problem\+json/)
      t.equal(answer.headers['retry-after'], retryAfter)
      t.equal(answer.headers['cache-control'], 'no-store')
      for (const header of ['etag', 'accept-ranges', 'content-disposition', 'last-modified']) t.notOk(header in answer.headers, header)
      if (method === 'HEAD') continue
      const problem = answer.json()
      t.match(problem, { type: 'about:blank', status, code, title: String, detail: String })
      t.equal('requestId' in problem, status >= 500)
      t.notMatch(answer.payload, 'password')
    }
  }
})

t.test('the log tells of what an owner can mend, and of nothing else', async t => {
  const said: Array<{ level: number, err?: { message: string } }> = []
  const logger = pino({ level: 'warn' }, { write: line => { said.push(JSON.parse(line)) } })
  const levels = async (openFile: Parameters<typeof serverWith>[1], path = url) => {
    said.length = 0
    await serverWith(t, { ...openFile, logger }).inject(path)
    return said.map(({ level }) => level)
  }
  const { id } = mediaFile()
  t.same(await levels({ openFile: async () => { throw new FileGone(id, { cause: new Error('no access') }) } }), [pino.levels.values['warn']])
  t.match(said[0]?.err?.message, 'no access')
  t.same(await levels({ openFile: async () => { throw new FileUnavailable(id, 5) } }), [pino.levels.values['warn']])
  t.same(await levels({ openFile: async () => { throw new TypeError('a mistake') } }), [pino.levels.values['error']])
  t.same(await levels({}, '/download/nobody'), [])
})

t.test('who waits too long is let go: the work is aborted', async t => {
  t.plan(2)
  const app = serverWith(t, {
    firstByteMs: 5,
    openFile: async (_file, _copies, _range, signal) => await new Promise(() => {
      signal.addEventListener('abort', () => t.match(signal.reason, { code: 'FIRST_BYTE_LATE' }))
    })
  })
  t.equal((await app.inject(url)).statusCode, 503)
})

t.test('the values of a query are not in the log, however it is encoded', async t => {
  t.equal(withoutValues('/download/x/What%3F.mp4'), '/download/x/What%3F.mp4')
  t.equal(withoutValues('/watch/x?sig=SECRET&exp=5&download'), '/watch/x?sig=…&exp=…&download')
  for (const url of ['/download/x%3Fsig=SECRET', '/download/x%3fexp=1%26sig=SECRET', '/download/x%3Fexp%3D1%26sig%3DSECRET&a', '/download/x%253Fsig%253DSECRET', '/x??sig=SECRET?', '/x?a=b=SECRET', '/x?sig==SECRET']) {
    t.notMatch(withoutValues(url), 'SECRET', url)
    t.match(withoutValues(url), '…')
  }
  const lines: string[] = []
  const app = serverWith(t, { logger: pino({ level: 'trace' }, { write: line => { lines.push(line) } }) })
  for (const url of ['/download/AgADfile%3Fsig=SECRET', '/download/%zz%3Fsig=SECRET']) await app.inject(url)
  t.ok(lines.length > 1)
  t.notMatch(lines.join(''), 'SECRET')
})

t.test('the log has a line for a request and none for what is secret', async t => {
  const lines: string[] = []
  const stream = new Writable({ write: (line, _encoding, done) => { lines.push(String(line)); done() } })
  const app = serverWith(t, { logger: pino({ level: 'trace' }, stream), openFile: async () => { throw new TypeError('our mistake') } })
  const answer = await app.inject({ url: `${url}?sig=SECRET&exp=5&download`, headers: { authorization: 'Bearer SECRET', cookie: 'a=SECRET' } })
  const log = lines.join('')
  t.notMatch(log, 'SECRET')
  t.match(log, '/download/AgADfile?sig=…&exp=…&download')
  t.match(log, 'our mistake')
  t.match(log, answer.json().requestId, 'the request id leads to it')
  t.notMatch(answer.payload, 'our mistake')
})
