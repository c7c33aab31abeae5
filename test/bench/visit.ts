import { createServer, type RequestListener } from 'node:http'
import t from 'tap'
import type { Teardown } from '../fixtures/sandbox.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startVisit, type VisitSpec, type VisitState } from '../../bench/viewer/visit.js'

const MiB = 2 ** 20
const content = syntheticContent('visit', 4 * MiB)
const bytes = Buffer.from(content.read(0, content.size))

/** A server whose answers are those of `listener`. */
async function serve (t: Teardown, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}/file`
}

const serveFile: RequestListener = ({ headers: { range = '' } }, response) => {
  const [, start = '0', end] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
  const part = bytes.subarray(Number(start), end === undefined || end === '' ? bytes.length : Number(end) + 1)
  response.writeHead(range === '' ? 200 : 206, { 'content-length': part.length }).end(part)
}

async function visit (spec: VisitSpec): Promise<Readonly<VisitState>> {
  const one = startVisit(spec, content)
  const ticking = setInterval(() => one.tick(performance.now()), 10)
  await one.ended
  clearInterval(ticking)
  return one.state
}

t.test('a whole file and a range come complete and are compared with what they must be', async t => {
  const url = await serve(t, serveFile)
  t.match(await visit({ url, maxMs: 20_000 }), { outcome: 'complete', status: 200, bytes: 4 * MiB, wrongAt: null, reason: null })
  t.match(await visit({ url, range: { start: 12_345, end: 99_999 }, maxMs: 20_000 }), { outcome: 'complete', status: 206, bytes: 87_654, wrongAt: null })
  t.match(await visit({ url, range: { start: MiB + 1 }, maxMs: 20_000 }), { outcome: 'complete', bytes: 3 * MiB - 1, wrongAt: null })
})

t.test('the first wrong byte is named by its place in the file', async t => {
  const url = await serve(t, (_, response) => {
    const wrong = Buffer.from(bytes.subarray(1000, 300_000))
    wrong.writeUInt8(wrong.readUInt8(200_000) ^ 1, 200_000)
    response.writeHead(206, { 'content-length': wrong.length }).end(wrong)
  })
  t.match(await visit({ url, range: { start: 1000, end: 300_000 }, maxMs: 20_000 }), { outcome: 'complete', wrongAt: 201_000 })
})

t.test('an error is no download, though it comes complete', async t => {
  const url = await serve(t, (_, response) => { response.writeHead(503, { 'content-length': 4 }).end('busy') })
  t.match(await visit({ url, maxMs: 20_000 }), { outcome: 'refused', status: 503 })
})

t.test('a response that ends before its length is cut', async t => {
  const url = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, 5000), () => response.destroy())
  })
  t.match(await visit({ url, maxMs: 20_000 }), { outcome: 'cut', bytes: 5000, reason: 'the server closed the connection' })
})

t.test('a response that does not go on is late', async t => {
  const url = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, 5000))
  })
  t.match(await visit({ url, maxMs: 300 }), { outcome: 'late', bytes: 5000 })
})

t.test('who wants to leave leaves, and the server learns of it', async t => {
  let noticed = () => {}
  const gone = new Promise<void>(resolve => { noticed = resolve })
  const url = await serve(t, (request, response) => { response.once('close', noticed); serveFile(request, response) })
  const state = await visit({ url, leaveAfter: 100_000, maxMs: 20_000 })
  t.equal(state.outcome, 'left')
  t.ok(state.bytes >= 100_000 && state.bytes < 2 * MiB, `${state.bytes} bytes`)
  await gone
})

t.test('who stops reading stays, and reads no more', async t => {
  const url = await serve(t, serveFile)
  const state = await visit({ url, stallAfter: 100_000, maxMs: 700 })
  t.equal(state.outcome, 'late')
  t.ok(state.bytes >= 100_000 && state.bytes < MiB, `${state.bytes} bytes`)
})

t.test('who has a pace keeps it', async t => {
  const url = await serve(t, serveFile)
  const { outcome, bytes, lastByteMs } = await visit({ url, bytesPerSecond: 400_000, leaveAfter: 300_000, maxMs: 20_000 })
  t.equal(outcome, 'left')
  t.ok(bytes / lastByteMs * 1000 <= 400_000 * 1.1, `${Math.round(bytes / lastByteMs)} KB/s`)
})

t.test('nobody there is no download', async t => {
  t.match(await visit({ url: 'http://127.0.0.1:1/file', maxMs: 20_000 }), { outcome: 'cut', bytes: 0, reason: /ECONNREFUSED/ })
})
