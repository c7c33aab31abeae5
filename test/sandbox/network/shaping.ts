import bigInt from 'big-integer'
import { Api } from 'telegram'
import t from 'tap'
import { createShapes } from '../../../src/sandbox/network/shaping.js'
import { startTestNetwork } from './fixtures/network.js'
import { startRawClient } from './fixtures/raw-client.js'

const nearest = () => new Api.help.GetNearestDc()
const part = (limit: number) => new Api.upload.GetFile({
  location: new Api.InputDocumentFileLocation({ id: bigInt(1), accessHash: bigInt(2), fileReference: Buffer.alloc(0), thumbSize: '' }),
  offset: bigInt(0),
  limit
})
const facts = { connectionId: 1, dcId: 2, media: false, accountId: null, keyId: null }

/** How long something takes, in ms. Only lower bounds and ratios are looked at. */
async function timed (work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

t.test('a round trip takes as long as it is told, also when many are under way, and is quick again afterwards', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const many = async () => {
    const ids = Array.from({ length: 10 }, () => client.send(nearest()))
    for (const id of ids) await client.answer(id)
  }
  const shape = network.shape({ match: { dcId: 2 }, latencyMs: 300 })

  const one = await timed(async () => await client.call(nearest()))
  const ten = await timed(many)
  shape.remove()
  const free = await timed(async () => await client.call(nearest()))

  t.ok(one >= 299, `one takes ${one} ms`)
  t.ok(ten >= 299 && ten < 10 * 299, `ten take ${ten} ms`)
  t.ok(free < 299, `without it takes ${free} ms`)
})

t.test('a new connection waits for the latency too', async t => {
  const network = await startTestNetwork(t)
  network.shape({ match: {}, latencyMs: 100 })
  const client = await timed(async () => await startRawClient(t, network))
  // Opening, three steps of the key exchange and one call.
  t.ok(client >= 499, `it took ${client} ms`)
})

t.test('a cap is kept, and bytes come evenly, not in bursts', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  network.shape({ match: {}, bytesPerSecond: 200_000 })
  const arrivals: Array<{ at: number, bytes: number }> = []
  client.connection.socket.on('data', chunk => { arrivals.push({ at: performance.now(), bytes: chunk.length }) })

  const took = await timed(async () => await client.call(part(131072)))

  t.ok(took >= 131072 / 200_000 * 1000 * 0.9, `it took ${took} ms`)
  t.ok(arrivals.length > 10, `${arrivals.length} pieces`)
  t.ok(Math.max(...arrivals.map(arrival => arrival.bytes)) < 131072 / 2)
})

t.test('who shares a cap is slower together; who does not share it is not', async t => {
  const network = await startTestNetwork(t)
  const [one, two] = [await startRawClient(t, network), await startRawClient(t, network)]
  const both = async () => await timed(async () => await Promise.all([one, two].map(async client => await client.call(part(65536)))))
  const alone = 65536 / 400_000 * 1000

  const shape = network.shape({ match: {}, bytesPerSecond: 400_000, sharedBy: 'dc' })
  const shared = await both()
  shape.remove()

  t.ok(shared >= 2 * alone * 0.9, `${shared} ms for both`)
})

t.test('buckets belong to connections, accounts, DCs or all', async t => {
  const people = [
    { ...facts, connectionId: 1, accountId: '5', dcId: 2 },
    { ...facts, connectionId: 2, accountId: '5', dcId: 4 },
    { ...facts, connectionId: 3, accountId: '6', dcId: 4 }
  ]
  const bucketsBy = (sharedBy: 'connection' | 'account' | 'dc' | 'all') => {
    const shapes = createShapes()
    shapes.add({ match: {}, bytesPerSecond: 1, sharedBy })
    const buckets = people.map(person => shapes.of(person).buckets[0])
    return buckets.map(bucket => buckets.indexOf(bucket))
  }
  t.same(bucketsBy('connection'), [0, 1, 2])
  t.same(bucketsBy('account'), [0, 0, 2])
  t.same(bucketsBy('dc'), [0, 1, 1])
  t.same(bucketsBy('all'), [0, 0, 0])
})

t.test('a bucket paces by arithmetic: what is reserved leaves one after the other', async t => {
  const shapes = createShapes()
  shapes.add({ match: {}, bytesPerSecond: 1000 })
  const [bucket] = shapes.of(facts).buckets

  // Idle before, so a late timer's 20 ms are forgiven.
  t.equal(bucket?.reserve(100, 10_000), 10_080)
  t.equal(bucket?.reserve(100, 10_000), 10_180)
  t.equal(bucket?.reserve(50, 10_180), 10_230)
})

t.test('a shape that makes no sense is refused by name', async t => {
  const shapes = createShapes()
  t.throws(() => shapes.add({ match: {}, bytesPerSecond: 0 }), /bytesPerSecond must be above 0, not 0; use freeze/)
  t.throws(() => shapes.add({ match: {}, latencyMs: -1 }), /latencyMs must be 0 or more, not -1/)
})

t.test('nothing of a slow line is left when the network closes', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  network.shape({ match: {}, bytesPerSecond: 10 })
  client.send(part(4096))
  await network.close()
  await client.connection.closed()
  t.equal(network.stats().connections.open, 0)
})
