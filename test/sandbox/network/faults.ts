import bigInt from 'big-integer'
import { Api } from 'telegram'
import t from 'tap'
import { frameOf } from '../../../src/sandbox/network/framing.js'
import type { FaultAction } from '../../../src/sandbox/network/types.js'
import { createFaults } from '../../../src/sandbox/network/faults.js'
import { fileBytes, startTestNetwork, type Teardown } from './fixtures/network.js'
import { containerOf, startRawClient, tl, type RawClient, type Received } from './fixtures/raw-client.js'
import { connectRaw } from './fixtures/raw-connection.js'

const nearest = () => new Api.help.GetNearestDc()
const config = () => new Api.help.GetConfig()
const part = (limit: number) => new Api.upload.GetFile({
  location: new Api.InputDocumentFileLocation({ id: bigInt(1), accessHash: bigInt(2), fileReference: Buffer.alloc(0), thumbSize: '' }),
  offset: bigInt(0),
  limit
})
const resultsFor = (client: RawClient, id: bigint): Received[] =>
  client.received.filter(message => message.constructor_ === tl.ids.rpcResult && message.body.readBigInt64LE(4) === id)
const closed = async (client: RawClient) => { await client.connection.closed() }

/** A network and a client whose `help.getNearestDc` meets a fault. */
async function struckBy (t: Teardown, action: FaultAction) {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const fault = network.faults.add({ match: { method: 'help.GetNearestDc' }, action })
  return { network, client, fault, handled: () => network.stats().methods['help.GetNearestDc']?.calls }
}

t.test('error: the call gets this error, others do not', async t => {
  const { client, fault, network } = await struckBy(t, { kind: 'error', code: 420, message: 'FLOOD_WAIT_7' })

  const answer = await client.call(nearest())

  t.match(answer, { errorCode: 420, errorMessage: 'FLOOD_WAIT_7' })
  t.ok(await client.call(config()) instanceof Api.Config)
  t.equal(fault.hits, 1)
  t.equal(network.stats().methods['help.GetNearestDc']?.errors, 1)
})

t.test('error at "answer": the call was carried out all the same', async t => {
  let carriedOut = 0
  const network = await startTestNetwork(t, {
    'help.GetSupport': () => { carriedOut++; return true }
  })
  const client = await startRawClient(t, network)
  network.faults.add({ match: { method: 'help.GetSupport', event: 'answer' }, action: { kind: 'error', code: 500, message: 'LATE' } })

  t.match(await client.call(new Api.help.GetSupport()), { errorMessage: 'LATE' })
  t.equal(carriedOut, 1)
})

t.test('a rule strikes as often as it says, and no more once removed', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const outcome = async () => await client.call(nearest()) instanceof Api.RpcError
  const twice = network.faults.add({ match: { method: 'help.GetNearestDc' }, action: { kind: 'error', code: 400, message: 'X' }, times: 2 })
  t.same([await outcome(), await outcome(), await outcome()], [true, true, false])
  t.equal(twice.hits, 2)

  const always = network.faults.add({ match: facts => facts.method === 'help.GetNearestDc', action: { kind: 'error', code: 400, message: 'X' } })
  t.equal(await outcome(), true)
  always.remove()
  t.equal(await outcome(), false)

  network.faults.add({ match: {}, action: { kind: 'error', code: 400, message: 'X' } })
  t.equal(await outcome(), true)
  network.faults.clear()
  t.equal(await outcome(), false)
})

t.test('a rule may look at the account, the DC, the key and the request', async t => {
  const network = await startTestNetwork(t)
  const [two, four] = [await startRawClient(t, network), await startRawClient(t, network, { dcId: 4 })]
  const logIn = new Api.auth.ImportBotAuthorization({ flags: 0, apiId: 1, apiHash: '', botAuthToken: '5:token' })
  await two.call(logIn)
  const failed = async (client: RawClient, request: Api.AnyRequest = nearest()) => await client.call(request) instanceof Api.RpcError
  const action: FaultAction = { kind: 'error', code: 400, message: 'X' }

  const byAccount = network.faults.add({ match: { accountId: '5' }, action })
  t.same([await failed(two), await failed(four)], [true, false])
  byAccount.remove()
  const byDc = network.faults.add({ match: { dcId: 4 }, action })
  t.same([await failed(two), await failed(four)], [false, true])
  byDc.remove()
  const byKey = network.faults.add({ match: { keyId: two.agreed.keyId.toString('hex') }, action })
  t.same([await failed(two), await failed(four)], [true, false])
  byKey.remove()
  network.faults.add({ match: ({ request }) => request instanceof Api.upload.GetFile && request.limit === 4096, action })
  t.same([await failed(two, part(4096)), await failed(two, part(8192)), await failed(two)], [true, false, false])
})

t.test('delay: later calls overtake it', async t => {
  const { client } = await struckBy(t, { kind: 'delay', ms: 500 })
  const [slow, quick] = [client.send(nearest()), client.send(config())]
  await client.answer(slow)

  t.equal(resultsFor(client, quick).length, 1)
  t.ok((resultsFor(client, quick)[0]?.messageId ?? 0n) < (resultsFor(client, slow)[0]?.messageId ?? 0n))
})

t.test('silence: the answer never comes, the connection stays open', async t => {
  const { client, fault } = await struckBy(t, { kind: 'silence' })
  const silent = client.send(nearest())
  for (let i = 0; i < 3; i++) await client.call(config())

  t.same(resultsFor(client, silent), [])
  t.equal(fault.hits, 1)
})

t.test('drop: the connection is closed', async t => {
  const { client } = await struckBy(t, { kind: 'drop' })
  const id = client.send(nearest())
  await closed(client)
  t.same(resultsFor(client, id), [])
})

t.test('cut: half of the frame comes, then the connection is closed', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  network.faults.add({ match: { method: 'upload.GetFile' }, action: { kind: 'cut' } })
  const before = client.connection.bytes().length
  client.send(part(65536))
  await closed(client)

  const half = client.connection.bytes().subarray(before)
  t.equal(half.length, half.readInt32LE(0) >> 1)
  t.ok(half.length > 30_000)
})

t.test('corrupt: the checksum, or what is encrypted, is wrong', async t => {
  const { client } = await struckBy(t, { kind: 'corrupt', part: 'crc' })
  client.send(nearest())
  t.equal(await client.take(() => false), null, 'the reader closes on a wrong checksum')

  const other = await struckBy(t, { kind: 'corrupt', part: 'payload' })
  await t.rejects(other.client.call(nearest()), /wrong msg_key/)
})

t.test('truncate: the file is shorter than was asked for', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  network.faults.add({ match: { method: 'upload.GetFile' }, action: { kind: 'truncate', bytes: 1000 }, times: 1 })

  const [short, whole] = [await client.call(part(4096)), await client.call(part(4096))]

  t.ok(short instanceof Api.upload.File && short.bytes.equals(fileBytes(0, 1000)))
  t.ok(whole instanceof Api.upload.File && whole.bytes.equals(fileBytes(0, 4096)))
  t.equal(network.stats().fileBytes, 5096)
})

t.test('gzip: the answer is packed, however small', async t => {
  const { client } = await struckBy(t, { kind: 'gzip' })
  const id = client.send(nearest())

  t.ok(await client.answer(id) instanceof Api.NearestDc)
  t.equal(resultsFor(client, id)[0]?.body.readUInt32LE(12), tl.ids.gzipPacked)
})

t.test('later-layer: the answer is of a type that nobody knows', async t => {
  const { client } = await struckBy(t, { kind: 'later-layer' })
  const id = client.send(nearest())

  await client.answer(id).catch(() => null)
  t.equal(resultsFor(client, id)[0]?.body.readUInt32LE(12), tl.ids.laterLayer)
})

t.test('error-first-container: the error stands before the next answer, in one container', async t => {
  const { client } = await struckBy(t, { kind: 'error-first-container', code: 420, message: 'FLOOD_WAIT_3' })
  const refused = client.send(nearest())
  const answered = client.send(config())
  t.match(await client.answer(refused), { errorMessage: 'FLOOD_WAIT_3' })
  await client.answer(answered)

  const [error, answer] = [resultsFor(client, refused)[0], resultsFor(client, answered)[0]]
  t.equal(error?.frame, answer?.frame)
  t.same(client.received.filter(m => m.frame === error?.frame).map(m => m.constructor_ === tl.ids.msgContainer ? 'container' : m), ['container', error, answer])
})

t.test('without that fault an error comes in a frame of its own', async t => {
  const { client } = await struckBy(t, { kind: 'error', code: 420, message: 'FLOOD_WAIT_3' })
  const [refused, answered] = [client.nextId(), client.nextId()]
  client.send(containerOf([
    { messageId: refused, sequence: 21, body: nearest().getBytes() }, { messageId: answered, sequence: 23, body: config().getBytes() }
  ]), { sequence: 24 })
  await client.answer(refused)
  await client.answer(answered)

  t.not(resultsFor(client, refused)[0]?.frame, resultsFor(client, answered)[0]?.frame)
})

t.test('transport-error: a bare number comes, in a frame or without one', async t => {
  for (const code of [-404, -429, -444] as const) {
    const { client } = await struckBy(t, { kind: 'transport-error', code })
    await t.rejects(client.call(nearest()), new RegExp(`transport error ${code}`))
  }
  const { client } = await struckBy(t, { kind: 'transport-error', code: -429, raw: true })
  const before = client.connection.bytes().length
  client.send(nearest())
  await closed(client)
  t.same(client.connection.bytes().subarray(before), Buffer.concat([tl.int(-429), tl.int(-429), tl.int(0)]))
})

t.test('a new connection can be dropped, refused or ignored', async t => {
  const network = await startTestNetwork(t)
  const connectWith = async (action: FaultAction) => {
    network.faults.add({ match: { event: 'connect' }, action, times: 1 })
    return await connectRaw(t, network)
  }
  await (await connectWith({ kind: 'drop' })).closed()
  t.same(await (await connectWith({ kind: 'transport-error', code: -429 })).next(), tl.int(-429))
  const ignored = await connectWith({ kind: 'silence' })
  ignored.sendBytes(Buffer.alloc(20))
  await startRawClient(t, network)
  t.equal(ignored.bytes().length, 0)
  t.notOk(ignored.socket.closed)
})

t.test('two rules act one after the other', async t => {
  const { client, network, fault } = await struckBy(t, { kind: 'delay', ms: 10 })
  const second = network.faults.add({ match: { method: 'help.GetNearestDc' }, action: { kind: 'error', code: 500, message: 'SLOW' } })

  t.match(await client.call(nearest()), { errorMessage: 'SLOW' })
  t.same([fault.hits, second.hits], [1, 1])
})

t.test('a rule that could never strike is refused by name', async t => {
  const { faults } = createFaults()
  t.throws(() => faults.add({ match: { event: 'connect' }, action: { kind: 'truncate', bytes: 1 } }), /"truncate" never strikes at "connect", only at answer/)
  t.throws(() => faults.add({ match: {}, action: { kind: 'drop' }, times: 0 }), /"times" must be a whole number above 0, not 0/)
})

t.test('an unknown or forgotten key is answered with -404; a key belongs to one DC', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const refusal = async (promise: Promise<unknown>) => { await t.rejects(promise, /transport error -404/) }

  await refusal(startRawClient(t, network, { agreed: client.agreed, dcId: 4 }))
  t.ok(await client.call(nearest()) instanceof Api.NearestDc)
  network.forgetKey(client.agreed.keyId.toString('hex'))
  await refusal(client.call(nearest()))
})

t.test('what is not TCP Full or does not open is refused by closing', async t => {
  const network = await startTestNetwork(t)
  const refused = async (bytes: Buffer) => {
    const connection = await connectRaw(t, network)
    connection.sendBytes(bytes)
    await connection.closed()
  }
  await refused(Buffer.from('ef0a0000000000000000000000', 'hex'))
  await refused(Buffer.from('eeeeeeee280000000000000000000000', 'hex'))
  await refused(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await refused(frameOf(1, Buffer.alloc(40)))
  const broken = frameOf(0, Buffer.alloc(40))
  broken.writeUInt8(1, 20)
  await refused(broken)
  const client = await startRawClient(t, network)
  const spoilt = Buffer.concat([client.agreed.keyId, Buffer.alloc(16 + 64)])
  client.connection.sendPayload(spoilt)
  await closed(client)
  t.equal(network.stats().connections.refused, 6)
})

t.test('a frozen connection neither reads nor writes, stays open, and goes on afterwards', async t => {
  const network = await startTestNetwork(t)
  const [frozen, other] = [await startRawClient(t, network), await startRawClient(t, network)]
  const freeze = network.freeze({ keyId: frozen.agreed.keyId.toString('hex') })
  const id = frozen.send(nearest())
  for (let i = 0; i < 3; i++) await other.call(config())
  t.same(resultsFor(frozen, id), [])
  t.equal(network.stats().connections.open, 2)

  freeze.remove()

  t.ok(await frozen.answer(id) instanceof Api.NearestDc)
})

t.test('disconnect closes those that match', async t => {
  const network = await startTestNetwork(t)
  const [one, two] = [await startRawClient(t, network), await startRawClient(t, network, { dcId: 4 })]

  t.equal(network.disconnect({ dcId: 4 }), 1)

  await closed(two)
  t.ok(await one.call(nearest()) instanceof Api.NearestDc)
})

t.test('one login on two connections at once dies where that is switched on; file connections do not count', async t => {
  const network = await startTestNetwork(t, {}, { strictSingleConnection: true })
  const first = await startRawClient(t, network)
  const { agreed } = first
  await first.call(new Api.auth.ImportBotAuthorization({ flags: 0, apiId: 1, apiHash: '', botAuthToken: '5:token' }))
  const files = await startRawClient(t, network, { agreed, init: false })
  t.ok(await files.call(part(4096)) instanceof Api.upload.File)
  t.ok(await first.call(nearest()) instanceof Api.NearestDc)

  first.connection.socket.destroy()
  await first.connection.closed()
  const second = await startRawClient(t, network, { agreed, init: false })
  t.ok(await second.call(nearest()) instanceof Api.NearestDc, 'one after the other is fine')
  const third = await startRawClient(t, network, { agreed, init: false })
  const both = [await third.call(nearest()), await second.call(nearest())]

  t.match(both, [{ errorCode: 406, errorMessage: 'AUTH_KEY_DUPLICATED' }, { errorCode: 406, errorMessage: 'AUTH_KEY_DUPLICATED' }])
  t.same(network.keysOf('5'), [])

  network.strictSingleConnection = false
  const [calm, calmer] = [await startRawClient(t, network), await startRawClient(t, network)]
  t.ok(await calm.call(nearest()) && await calmer.call(nearest()))
})
