import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { FileUnavailable } from '../../src/errors.js'
import type { HttpParts } from '../../src/http/parts.js'
import { botId, bytes, get, listening, mediaFile, pieces, readAll, readAnswer } from './fixtures/server.js'

const path = '/download/AgADfile'
const MiB = 1024 * 1024

/** Resolves when `signal` has aborted. */
async function aborted (signal: AbortSignal) {
  if (!signal.aborted) await once(signal, 'abort')
}

/** A source of bytes that holds after the first chunk until the signal aborts; `opened` tells the signal. */
function holding (): { opened: Promise<AbortSignal>, openFile: HttpParts['openFile'] } {
  let open: (signal: AbortSignal) => void
  const opened = new Promise<AbortSignal>(resolve => { open = resolve })
  async function * hold (signal: AbortSignal) {
    yield bytes.subarray(0, 300)
    await aborted(signal)
    throw signal.reason
  }
  return { opened, openFile: async (_file, _copies, _range, signal) => { open(signal); return hold(signal) } }
}

t.test('GET and HEAD share a connection that stays open, also when all are sent at once', async t => {
  const { dial } = await listening(t)
  const socket = await dial()
  socket.write(get(path, '', 'HEAD') + get(path, 'Range: bytes=10-19\r\n') + get('/healthz', '', 'HEAD') + get(path) + get('/nothing', '', 'HEAD') + get(path))
  t.match((await readAnswer(socket, false)).head, /^HTTP\/1.1 200 [^]*content-length: 1000/)
  const part = await readAnswer(socket)
  t.match(part.head, /^HTTP\/1.1 206 [^]*content-range: bytes 10-19\/1000/)
  t.ok(part.body.equals(bytes.subarray(10, 20)))
  t.match((await readAnswer(socket, false)).head, /^HTTP\/1.1 200 /)
  const whole = await readAnswer(socket)
  t.notMatch(whole.head, /transfer-encoding/i)
  t.ok(whole.body.equals(bytes))
  t.match((await readAnswer(socket, false)).head, /^HTTP\/1.1 404 /)
  t.ok((await readAnswer(socket)).body.equals(bytes))
})

t.test('a viewer who leaves amid the file ends the work at once', async t => {
  const { opened, openFile } = holding()
  const { dial } = await listening(t, { openFile })
  const socket = await dial()
  socket.write(get(path))
  await once(socket, 'data')
  socket.destroy()
  await aborted(await opened)
})

/** A logger whose lines, from `level` on, the test reads. */
function loggerOf (level: string) {
  const lines: Array<{ level: number, msg: string, status?: number, responseTime?: number, err?: { message: string } }> = []
  return { lines, logger: pino({ level }, { write: line => { lines.push(JSON.parse(line)) } }) }
}

/** What was said of how answers ended. */
function endsIn<Line extends { msg: string }> (lines: readonly Line[]) {
  return lines.filter(({ msg }) => /left|ended|completed/.test(msg))
}

t.test('a viewer who leaves amid the file has a line in the log, which is no warning', async t => {
  const { lines, logger } = loggerOf('info')
  const { opened, openFile } = holding()
  const { dial } = await listening(t, { openFile, logger })
  const socket = await dial()
  socket.write(get(path, 'Range: bytes=0-799\r\n'))
  await once(socket, 'data')
  socket.destroy()
  await aborted(await opened)
  while (endsIn(lines).length === 0) await setImmediate()
  t.match(endsIn(lines), [{ level: 30, msg: 'the viewer left', status: 206, responseTime: Number }])
})

t.test('a write that fails because the viewer resets the connection is no warning either', async t => {
  const { lines, logger } = loggerOf('info')
  const { dial } = await listening(t, {
    logger,
    findMedia: async () => ({ file: mediaFile({ size: 4000 * MiB }), copies: [{ botId, fileId: 'x' }] }),
    openFile: async () => (async function * () { for (;;) yield Buffer.alloc(MiB) })()
  })
  const socket = await dial()
  socket.write(get(path))
  await once(socket, 'data')
  socket.resetAndDestroy()
  while (endsIn(lines).length === 0) await setImmediate()
  t.match(endsIn(lines), [{ level: 30, msg: 'the viewer left' }])
})

t.test('a stream that ends early by itself is warned of, with its reason', async t => {
  const { lines, logger } = loggerOf('info')
  const { dial } = await listening(t, {
    logger,
    openFile: async () => (async function * () {
      yield bytes.subarray(0, 300)
      throw new Error('lost')
    })()
  })
  const socket = await dial()
  socket.write(get(path))
  await readAll(socket)
  t.match(endsIn(lines), [{ level: 40, msg: 'a stream ended early', status: 200, err: { message: 'lost' } }])
})

t.test('a viewer who leaves before the first byte ends the work at once', async t => {
  let open: (signal: AbortSignal) => void
  const opened = new Promise<AbortSignal>(resolve => { open = resolve })
  const { dial } = await listening(t, { openFile: async (_file, _copies, _range, signal) => { open(signal); return await new Promise(() => {}) } })
  const socket = await dial()
  socket.write(get(path))
  const signal = await opened
  socket.destroy()
  await aborted(signal)
})

t.test('a viewer who leaves ends all that was asked for on the connection', async t => {
  const signals: AbortSignal[] = []
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: line => { lines.push(line) } })
  const { dial } = await listening(t, { logger, openFile: async (_file, _copies, _range, signal) => { signals.push(signal); return await new Promise(() => {}) } })
  const socket = await dial()
  socket.write(get(path) + get(path))
  while (signals.length < 2) await setImmediate()
  socket.destroy()
  await Promise.all(signals.map(aborted))
  await setImmediate()
  t.same(lines, [], 'which is nothing to warn of')
})

t.test('a failure amid the file cuts the connection: fewer bytes than promised, all of them right', async t => {
  const { dial } = await listening(t, {
    openFile: async (file, _copies, range) => (async function * () {
      yield * pieces({ start: range.start, end: 600 })
      throw new FileUnavailable(file.id, 60)
    })()
  })
  const socket = await dial()
  socket.write(get(path) + get(path))
  const all = await readAll(socket)
  const at = all.indexOf('\r\n\r\n')
  t.match(all.subarray(0, at).toString(), /^HTTP\/1.1 200 [^]*content-length: 1000/)
  t.ok(all.subarray(at + 4).equals(bytes.subarray(0, 600)), 'and nothing of another answer behind them')
})

t.test('a file that is shorter or longer than promised cuts the connection, without a byte too many', async t => {
  for (const length of [600, 1001, 2000]) {
    const { dial } = await listening(t, { openFile: async () => (async function * () { for (let at = 0; at < length; at += 200) yield Buffer.alloc(Math.min(200, length - at), 1) })() })
    const socket = await dial()
    socket.write(get(path) + get(path))
    const all = await readAll(socket)
    t.equal(all.length - all.indexOf('\r\n\r\n') - 4, Math.min(length, 1000), `${length} bytes`)
  }
})

t.test('nonsense on a connection that carries a file cuts it, and puts no byte into the file', async t => {
  const { opened, openFile } = holding()
  const { dial } = await listening(t, { openFile })
  const socket = await dial()
  const everything = readAll(socket)
  socket.write(get(path))
  const signal = await opened
  socket.write('\0\0 nonsense\r\n\r\n')
  const all = await everything
  const body = all.indexOf('\r\n\r\n') < 0 ? Buffer.alloc(0) : all.subarray(all.indexOf('\r\n\r\n') + 4)
  t.ok(body.equals(bytes.subarray(0, body.length)))
  await aborted(signal)
})

t.test('what is not HTTP is answered with a problem, and the connection ended', async t => {
  const { dial } = await listening(t)
  const cases: Array<[sent: string, status: number]> = [['nonsense\r\n\r\n', 400], [get('/', `X: ${'x'.repeat(20_000)}\r\n`), 431]]
  for (const [sent, status] of cases) {
    const socket = await dial()
    socket.write(sent)
    const [head = '', body = ''] = (await readAll(socket)).toString().split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1.1 ${status} [^]*Content-Type: application/problem\\+json`))
    t.match(JSON.parse(body), { status, type: 'about:blank' })
  }
})

t.test('a viewer who does not read holds up the reading of the file', async t => {
  const chunk = Buffer.alloc(MiB)
  const pulled: number[] = []
  const { dial } = await listening(t, {
    findMedia: async () => ({ file: mediaFile({ size: 4000 * MiB }), copies: [{ botId, fileId: 'x' }] }),
    openFile: async () => (async function * () { for (;; pulled.push(MiB)) yield chunk })()
  })
  const socket = await dial()
  socket.pause()
  socket.write(get(path))
  for (let before = 0, quiet = 0; quiet < 500 && pulled.length < 200; before = pulled.length) {
    await setImmediate()
    quiet = pulled.length > 0 && pulled.length === before ? quiet + 1 : 0
  }
  t.ok(pulled.length < 100, `${pulled.length} MiB were read ahead`)
})

t.test('the chunks of a file are not copied on their way to the socket', async t => {
  const chunk = Buffer.alloc(4 * MiB, 7)
  const { dial } = await listening(t, {
    findMedia: async () => ({ file: mediaFile({ size: 16 * MiB }), copies: [{ botId, fileId: 'x' }] }),
    openFile: async () => (async function * () { for (let index = 0; index < 4; index++) yield chunk })()
  })
  const socket = await dial()
  socket.pause()
  const before = process.memoryUsage().arrayBuffers
  socket.write(get(path))
  for (let turn = 0; turn < 500; turn++) await setImmediate()
  t.ok(process.memoryUsage().arrayBuffers - before < 3 * MiB)
})
