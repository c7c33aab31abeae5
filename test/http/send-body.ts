import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { untilGone } from '../../src/http/first-byte.js'
import { sendBody } from '../../src/http/send-body.js'

const chunkBytes = 256 * 1024
const chunks = 100

/** Chunks in one and the same memory, each of bytes of its own. `isLeft`: whether the reader ended it before its end. */
function reusing () {
  const seen = { given: 0, isLeft: false }
  async function * chunksInOne () {
    const memory = new Uint8Array(chunkBytes)
    try {
      for (; seen.given < chunks; seen.given++) yield memory.fill(seen.given)
    } finally {
      seen.isLeft = seen.given < chunks
    }
  }
  return { seen, body: chunksInOne() }
}

/** A connection on which `body` is sent, paused before its first byte. */
async function visit (t: Test, body: AsyncIterable<Uint8Array>) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1').pause()
  t.teardown(() => { socket.destroy(); server.closeAllConnections(); server.close() })
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  const [request, response] = await once(server, 'request')
  response.setHeader('content-length', chunks * chunkBytes)
  return { socket, sent: sendBody(response, body, untilGone(request).signal) }
}

t.test('a chunk has left its memory when the next is asked for, however slowly the client reads', async t => {
  const { seen, body } = reusing()
  const { socket, sent } = await visit(t, body)
  while (!await isStill(() => seen.given));
  t.ok(seen.given < chunks, 'it waits for the client')
  const got: Buffer[] = []
  socket.on('data', chunk => got.push(chunk)).resume()
  await sent
  await once(socket, 'close')
  const answer = Buffer.concat(got)
  const bytes = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
  t.equal(bytes.length, chunks * chunkBytes)
  const wrong = Array.from({ length: chunks }, (_, index) => index).filter(index => !bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes).every(byte => byte === index))
  t.same(wrong, [])
})

t.test('a client who goes ends the chunks', async t => {
  const { seen, body } = reusing()
  const { socket, sent } = await visit(t, body)
  socket.destroy()
  await t.rejects(sent)
  t.ok(seen.isLeft)
})

t.test('a client who goes ends the chunks of an answer that waits for its turn, too', async t => {
  const { seen, body } = reusing()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => { socket.destroy(); server.closeAllConnections(); server.close() })
  const sent = new Promise<void>((resolve, reject) => {
    // The first is never answered.
    server.once('request', () => server.once('request', (request, response) => {
      sendBody(response, body, untilGone(request).signal).then(resolve, reject)
    }))
  })
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2))
  while (!await isStill(() => seen.given + 1));
  socket.destroy()
  await t.rejects(sent, { message: 'the client closed the connection' })
  t.ok(seen.isLeft)
})

t.test('a failure of the chunks is passed on', async t => {
  const failing = (async function * () {
    yield new Uint8Array(10)
    throw new Error('lost')
  })()
  const { sent } = await visit(t, failing)
  await t.rejects(sent, { message: 'lost' })
})

/** Whether a value does not change while the event loop turns a hundred times. */
async function isStill (value: () => number): Promise<boolean> {
  const before = value()
  for (let turn = 0; turn < 100; turn++) await new Promise(resolve => { setImmediate(resolve) })
  return before > 0 && value() === before
}
