import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { SourceFailed } from '../../src/errors.js'
import { createEngine } from '../../src/streaming/engine.js'
import { createRandom, runSeed, type Random } from '../streaming/fixtures/random.js'
import { knownBytes, scriptedSource } from '../streaming/fixtures/scripted.js'
import { botId, get, mediaFile, serverWith } from './fixtures/server.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const content = knownBytes(3 * 1024 * 1024 + 77)

/** A request that leaves: before it is sent, at once, some time later, or when so many bytes have come. */
async function leave (port: number, random: Random): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  const start = random.whole(0, content.length - 1)
  await once(socket, 'connect')
  if (random.fraction() < 0.95) socket.write(get('/download/AgADfile', `Range: bytes=${start}-${random.fraction() < 0.3 ? start + random.whole(0, 9) : ''}\r\n`))
  const bytes = random.pick([0, 1, 1000, 200_000, 1_000_000])
  if (bytes > 0) await Promise.race([received(socket, bytes), closed, sleep(30)])
  else if (random.fraction() < 0.7) await (random.fraction() < 0.5 ? setImmediate() : sleep(random.whole(0, 8)))
  // A reset leaves no port behind that waits; a polite end now and then.
  if (random.fraction() < 0.8) socket.resetAndDestroy()
  else socket.destroy()
  await closed
}

async function received (socket: Socket, bytes: number): Promise<void> {
  let got = 0
  await new Promise<void>(resolve => {
    socket.on('data', chunk => { if ((got += chunk.length) >= bytes) resolve() }).on('close', resolve)
  })
}

/** What this process holds: heap in bytes after a collection, and how many timers, sockets and the like keep it busy. */
async function holdings () {
  for (let round = 0; round < 3; round++) {
    await sleep(20)
    collectGarbage()
  }
  const resources = process.getActiveResourcesInfo().filter(type => type !== 'Immediate')
  return { heap: process.memoryUsage().heapUsed, timers: resources.filter(type => type === 'Timeout').length, sockets: resources.filter(type => type.startsWith('TCPSocket')).length }
}

t.test('twenty thousand viewers who leave at random moments leave nothing behind', { timeout: 240_000 }, async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  const random = createRandom(seed)
  const engine = createEngine({ memoryBytes: 32 * 2 ** 20, laneCeilingBytes: 4 * 2 ** 20 })
  const asked = new Set<AbortSignal>()
  const sources = ['A', 'B', 'C'].map(name => scriptedSource(name, content, async ({ bytes, signal }) => {
    asked.add(signal)
    try {
      await sleep(random.pick([0, 1, 5, 20]), undefined, { signal })
      if (random.fraction() < 0.1) throw new SourceFailed('scripted')
      return bytes
    } finally {
      asked.delete(signal)
    }
  }))
  const app = serverWith(t, {
    findMedia: async () => ({ file: mediaFile({ size: content.length }), copies: [{ botId, fileId: 'x' }] }),
    openFile: (file, _copies, range, signal) => engine.openStream(file, range, sources, signal)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo

  const storm = async (requests: number) => {
    let left = requests
    await Promise.all(Array.from({ length: 64 }, async () => { while (left-- > 0) await leave(port, random) }))
    while (engine.usage().streams > 0 || await connectionsOf(app.server) > 0) await sleep(10)
  }
  await storm(1500)
  const before = await holdings()
  await storm(20_000)
  const after = await holdings()

  t.same(engine.usage(), { heldBytes: 0, streams: 0 })
  t.equal(asked.size, 0, 'no bot is asked any more')
  t.same(engine.reports().map(({ inFlightBytes }) => inFlightBytes), [0, 0, 0])
  t.equal(after.sockets, before.sockets)
  t.ok(after.timers <= before.timers, `${after.timers} timers, ${before.timers} before`)
  t.comment(`the heap grew by ${((after.heap - before.heap) / 1024).toFixed(0)} KiB`)
  t.ok(after.heap - before.heap < 3 * 2 ** 20, 'not even 160 bytes for each of them')
})

async function connectionsOf (server: { getConnections (call: (error: Error | null, count: number) => void): unknown }): Promise<number> {
  return await new Promise((resolve, reject) => { server.getConnections((error, count) => { if (error === null) resolve(count); else reject(error) }) })
}
