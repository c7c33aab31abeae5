import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { HttpParts } from '../../src/http/parts.js'
import { botId, bytes, get, listening, mediaFile, readAll, readAnswer, serverWith } from './fixtures/server.js'

const path = '/download/AgADfile'
const limited = { 'content-type': /^application\/problem\+json/, 'retry-after': /^[1-9]\d*$/, 'ratelimit-limit': /^\d+$/, 'ratelimit-remaining': '0', 'ratelimit-reset': /^\d+$/, 'access-control-allow-origin': '*', 'cache-control': 'no-store' }

/** Files that begin and do not end until their viewer leaves; `signals` has one for each that was opened. */
function endless () {
  const signals: AbortSignal[] = []
  const openFile: HttpParts['openFile'] = async (_file, _copies, _range, signal) => {
    signals.push(signal)
    return (async function * () {
      yield bytes.subarray(0, 300)
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })()
  }
  return { signals, openFile }
}

t.test('who guesses links is soon answered no more, not even when he is right, and others are', async t => {
  const app = serverWith(t, { guessLimitPerMinute: 3 })
  const ask = (url: string, remoteAddress = '10.0.0.1') => app.inject({ url, remoteAddress })
  t.equal((await ask(path)).statusCode, 200)
  for (const url of ['/download/guess1', '/favicon.ico', '/download/guess2']) t.equal((await ask(url)).statusCode, 404)
  for (const url of ['/download/guess3', path, '/nothing']) {
    const { statusCode, headers } = await ask(url)
    t.equal(statusCode, 429, url)
    t.match(headers, { ...limited, 'access-control-allow-origin': url === '/nothing' ? undefined : '*', 'ratelimit-limit': '3' })
  }
  t.match((await ask(path)).json(), { status: 429, code: 'TOO_MANY_MISSES' })
  t.equal((await ask('/readyz')).statusCode, 200, 'health is always told')
  t.equal((await ask(path, '10.0.0.2')).statusCode, 200)
})

t.test('guesses that are sent all at once, in a pipeline or on many connections, are no more than others', async t => {
  const { app, dial } = await listening(t, {
    guessLimitPerMinute: 30,
    findMedia: async id => {
    // As long as a database takes.
      await setImmediate()
      return id === mediaFile().id ? { file: mediaFile(), copies: [{ botId, fileId: 'x' }] } : null
    }
  })
  const statusesOf = (answers: string) => [...answers.matchAll(/HTTP\/1.1 (\d{3})/g)].map(([, status]) => status)
  const many = Array.from({ length: 250 }, (_, index) => get(`/download/guess${index}`)).join('')
  const socket = await dial()
  socket.end(many + get(path))
  const statuses = statusesOf((await readAll(socket)).toString('latin1'))
  t.equal(statuses.length, 251)
  t.equal(statuses.filter(status => status === '404').length, 30)
  t.equal(statuses.filter(status => status === '429').length, 221, 'and the right one among the last does not show')

  const apart = await Promise.all(Array.from({ length: 100 }, async (_, index) => await app.inject({ url: `/${index % 2 === 0 ? 'watch' : 'download'}/guess${index}`, remoteAddress: '10.0.0.7' })))
  t.equal(apart.filter(({ statusCode }) => statusCode === 404).length, 30)
  t.match(apart.at(-1)?.headers, { 'retry-after': /^[1-9]/, 'ratelimit-limit': '30', 'ratelimit-remaining': '0' })
})

t.test('guesses of the same IPv6 network count together', async t => {
  const app = serverWith(t, { guessLimitPerMinute: 2 })
  const ask = (remoteAddress: string, url = '/download/guess') => app.inject({ url, remoteAddress })
  t.equal((await ask('2001:db8::1')).statusCode, 404)
  t.equal((await ask('2001:db8:0:0:ffff::2')).statusCode, 404)
  t.equal((await ask('2001:db8::3', path)).statusCode, 429)
  t.equal((await ask('2001:db8:0:1::3', path)).statusCode, 200)
  t.equal((await ask('::ffff:10.1.1.1')).statusCode, 404)
  t.equal((await ask('10.1.1.1')).statusCode, 404)
  t.equal((await ask('10.1.1.1', path)).statusCode, 429)
})

t.test('what is nobody\'s guess does not count: malformed ids, files that are gone, ranges', async t => {
  const app = serverWith(t, { guessLimitPerMinute: 1, findMedia: async () => ({ file: mediaFile(), copies: [] }) })
  for (let round = 0; round < 5; round++) {
    t.equal((await app.inject('/download/a.b')).statusCode, 400)
    t.equal((await app.inject(path)).statusCode, 410)
  }
})

t.test('unknown paths count as requests, too', async t => {
  const app = serverWith(t, { rateLimitPerMinute: 2 })
  for (const status of [404, 404, 429, 429]) t.equal((await app.inject('/nothing')).statusCode, status)
  t.equal((await app.inject(path)).statusCode, 429)
})

t.test('what is refused before its route counts as a request, too: methods, encodings, targets', async t => {
  for (const [method, target, status] of [['POST', path, 405], ['GET', '/download/%zz', 400], ['GET', '*', 400]] as const) {
    const { dial } = await listening(t, { rateLimitPerMinute: 2 })
    const socket = await dial()
    for (const expected of [status, status, 429]) {
      socket.write(get(target, '', method))
      const { head } = await readAnswer(socket)
      t.match(head, `HTTP/1.1 ${expected} `, `${method} ${target}`)
      if (expected === 429) t.match(head, /retry-after: \d+/)
    }
    socket.write(get('/healthz'))
    t.match((await readAnswer(socket)).head, 'HTTP/1.1 200 ', 'health is always told')
  }
})

t.test('a client has so many streams at once; the next one is refused, and served when one has ended', async t => {
  const { signals, openFile } = endless()
  const { app, dial } = await listening(t, { streamLimit: 2, openFile })
  const open = async () => {
    const socket = await dial()
    socket.write(get(path))
    await once(socket, 'data')
    return socket
  }
  const [first] = [await open(), await open()]
  const refused = await dial()
  refused.write(get(path))
  const { head, body } = await readAnswer(refused)
  t.match(head, /^HTTP\/1.1 429 [^]*access-control-allow-origin: \*/)
  t.match(head, /ratelimit-limit: 2[^]*retry-after: 5|retry-after: 5[^]*ratelimit-limit: 2/)
  t.match(JSON.parse(body.toString()), { code: 'TOO_MANY_STREAMS' })
  t.equal((await app.inject({ method: 'HEAD', url: path })).statusCode, 200, 'HEAD is no stream')
  t.equal(signals.length, 2, 'no bot was asked for it')
  const waiting = open()
  first.destroy()
  await waiting
  t.equal(signals.length, 3, 'a seek, which opens before it closes, is served')
})

t.test('a viewer who leaves before the first byte gives the place back, and one whose answer waits in line', async t => {
  const signals: AbortSignal[] = []
  const { dial } = await listening(t, { streamLimit: 3, openFile: async (_file, _copies, _range, signal) => { signals.push(signal); return await new Promise(() => {}) } })
  for (let round = 1; round <= 4; round++) {
    const socket = await dial()
    socket.write(get(path).repeat(3))
    while (signals.length < 3 * round) await setImmediate()
    socket.destroy()
  }
  t.equal(signals.length, 12)
})

t.test('places come back however an answer ends', async t => {
  let fails = 0
  const { app, dial } = await listening(t, {
    streamLimit: 1,
    openFile: async (_file, _copies, range) => {
      if (fails++ % 2 === 0) throw new Error('it fails')
      return (async function * () { yield bytes.subarray(range.start, range.end) })()
    }
  })
  const socket = await dial()
  for (const status of [500, 206, 500, 206]) {
    socket.write(get(path, 'Range: bytes=0-0\r\n'))
    t.match((await readAnswer(socket)).head, `HTTP/1.1 ${status} `)
  }
  for (const headers of [{ 'if-none-match': '*' }, { 'if-match': '"x"' }, { range: 'bytes=5000-' }]) {
    for (let round = 0; round < 3; round++) t.not((await app.inject({ url: path, headers })).statusCode, 429)
  }
})

t.test('capped streams arrive whole', async t => {
  const { dial } = await listening(t, { bandwidth: { streamBytesPerSecond: 2000, clientBytesPerSecond: 0 } })
  const socket = await dial()
  socket.write(get(path) + get(path, 'Range: bytes=990-\r\n'))
  t.ok((await readAnswer(socket)).body.equals(bytes))
  t.ok((await readAnswer(socket)).body.equals(bytes.subarray(990)))
})

t.test('a capped stream is no faster than its cap, however fast its viewer reads', async t => {
  const chunk = Buffer.alloc(1024 * 1024)
  let pulled = 0
  const { dial } = await listening(t, {
    // The second chunk is due after a quarter of an hour.
    bandwidth: { streamBytesPerSecond: 1024, clientBytesPerSecond: 0 },
    findMedia: async () => ({ file: mediaFile({ size: 100 * chunk.length }), copies: [{ botId, fileId: 'x' }] }),
    openFile: async () => (async function * () { for (; pulled < 100; pulled++) yield chunk })()
  })
  const socket = await dial()
  let read = 0
  socket.on('data', data => { read += data.length })
  socket.write(get(path))
  await once(socket, 'data')
  for (let turn = 0; turn < 500; turn++) await setImmediate()
  t.equal(pulled, 0, 'the next chunk was not asked for')
  t.ok(read < chunk.length)
})
