import bigInt from 'big-integer'
import { gzipSync } from 'node:zlib'
import { Api } from 'telegram'
import t from 'tap'
import { createGate } from './fixtures/gate.js'
import { startTestNetwork } from './fixtures/network.js'
import { startRawClient, tl } from './fixtures/raw-client.js'
import { isNewSession, isPong, nearest, pingBytes } from './fixtures/service-messages.js'

/** A network where one call is answered when the gate opens. */
async function startSlowNetwork (t: Parameters<typeof startTestNetwork>[0]) {
  const gate = createGate()
  const network = await startTestNetwork(t, {
    'help.GetInviteText': async () => {
      await gate.opened
      return new Api.help.InviteText({ message: '' })
    }
  })
  return { gate, network }
}

t.test('a packed call is unpacked, and a large answer is packed', async t => {
  const network = await startTestNetwork(t, {
    'help.GetNearestDc': () => new Api.NearestDc({ country: 'N'.repeat(5000), thisDc: 2, nearestDc: 2 })
  })
  const client = await startRawClient(t, network)
  const packed = Buffer.concat([tl.int(tl.ids.gzipPacked), tl.bytes(gzipSync(nearest().getBytes()))])
  const id = client.send(packed, { sequence: 21 })

  const answer = await client.answer(id)

  t.equal(answer instanceof Api.NearestDc && answer.country.length, 5000)
  const message = client.received.find(m => m.constructor_ === tl.ids.rpcResult && m.body.readBigInt64LE(4) === id)
  t.equal(message?.body.readUInt32LE(12), tl.ids.gzipPacked)
})

t.test('packing can be switched off', async t => {
  const network = await startTestNetwork(t, {
    'help.GetNearestDc': () => new Api.NearestDc({ country: 'N'.repeat(5000), thisDc: 2, nearestDc: 2 })
  }, { gzip: false })
  const client = await startRawClient(t, network)
  await client.call(nearest())
  const results = client.received.filter(message => message.constructor_ === tl.ids.rpcResult)
  t.ok(results.every(message => message.body.readUInt32LE(12) === Api.NearestDc.CONSTRUCTOR_ID))
})

t.test('every kind of answer arrives as what it is', async t => {
  const object = new Api.NearestDc({ country: 'NL', thisDc: 2, nearestDc: 2 })
  const network = await startTestNetwork(t, {
    'messages.ReceivedMessages': () => true,
    'auth.LogOut': () => false,
    'users.GetUsers': () => [object, object],
    'help.GetCdnConfig': () => object.getBytes(),
    'help.GetInviteText': () => [object.getBytes().subarray(0, 4), object.getBytes().subarray(4)]
  })
  const client = await startRawClient(t, network)

  t.equal(await client.call(new Api.messages.ReceivedMessages({ maxId: 1 })), true)
  t.equal(await client.call(new Api.auth.LogOut()), false)
  const list = await client.call(new Api.users.GetUsers({ id: [] }))
  t.ok(Array.isArray(list) && list.length === 2 && list.every(item => item instanceof Api.NearestDc))
  t.ok(await client.call(new Api.help.GetCdnConfig()) instanceof Api.NearestDc)
  t.ok(await client.call(new Api.help.GetInviteText()) instanceof Api.NearestDc)
})

t.test('unacknowledged answers come again on the session\'s next connection, acknowledged ones do not', async t => {
  const network = await startTestNetwork(t)
  const first = await startRawClient(t, network)
  const [kept, acknowledged] = [first.send(nearest()), first.send(nearest())]
  await first.answer(kept)
  await first.answer(acknowledged)
  const seen = first.received.filter(message => message.sequence % 2 === 1)
  const resultFor = (id: bigint) => seen.find(m => m.constructor_ === tl.ids.rpcResult && m.body.readBigInt64LE(4) === id)
  const acks = seen.filter(message => message !== resultFor(kept)).map(message => message.messageId)
  first.send(Buffer.concat([tl.int(tl.ids.msgsAck), tl.longVector(acks)]))
  first.send(pingBytes(1n))
  await first.take(isPong)
  first.connection.socket.destroy()

  const { agreed, sessionId } = first
  const second = await startRawClient(t, network, { agreed, sessionId, init: false, sequence: 50 })
  second.send(pingBytes(2n))
  await second.take(isPong)

  const results = second.received.filter(message => message.constructor_ === tl.ids.rpcResult)
  t.same(results.map(message => message.body.readBigInt64LE(4)), [kept])
  t.equal(results[0]?.messageId, resultFor(kept)?.messageId, 'under its old number')
  t.notOk(second.received.some(isNewSession))
})

t.test('an answer that became ready while nobody was connected waits for the session', async t => {
  const [asked, release] = [createGate(), createGate()]
  const network = await startTestNetwork(t, {
    'help.GetInviteText': async () => {
      asked.open()
      await release.opened
      return new Api.help.InviteText({ message: 'late' })
    }
  })
  const first = await startRawClient(t, network)
  const id = first.send(new Api.help.GetInviteText())
  await asked.opened
  first.connection.socket.destroy()
  await first.connection.closed()
  release.open()

  const { agreed, sessionId } = first
  const second = await startRawClient(t, network, { agreed, sessionId, init: false, sequence: 50 })
  second.send(pingBytes(2n))

  const answer = await second.answer(id)
  t.equal(answer instanceof Api.help.InviteText && answer.message, 'late')
})

t.test('the same message twice is carried out once and answered twice', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const id = client.send(nearest())
  await client.answer(id)
  client.send(nearest(), { messageId: id, sequence: 3 })

  t.ok(await client.answer(id) instanceof Api.NearestDc)
  t.equal(network.stats().methods['help.GetNearestDc']?.calls, 2, 'the introduction was the other')
})

t.test('the transport\'s own questions are answered', async t => {
  const { gate, network } = await startSlowNetwork(t)
  const client = await startRawClient(t, network)
  const done = client.send(nearest())
  await client.answer(done)
  const running = client.send(new Api.help.GetInviteText())

  const ask = client.send(Buffer.concat([tl.int(0xda69fb52), tl.longVector([done, running, 4n])]))
  const info = await client.take(m => m.constructor_ === tl.ids.msgsStateInfo && m.body.readBigInt64LE(4) === ask)
  t.same([...info?.body.subarray(13, 16) ?? []], [4 + 32 + 64, 4 + 32, 1])

  const drop = async (reqMsgId: bigint) => await client.call(new Api.RpcDropAnswer({ reqMsgId: bigInt(reqMsgId) }))
  t.ok(await drop(done) instanceof Api.RpcAnswerDropped)
  t.ok(await drop(running) instanceof Api.RpcAnswerDroppedRunning)
  t.ok(await drop(8n) instanceof Api.RpcAnswerUnknown)
  gate.open()
  await client.call(nearest())
  t.notOk(client.received.some(m => m.constructor_ === tl.ids.rpcResult && m.body.readBigInt64LE(4) === running))

  const other = await startRawClient(t, network, { agreed: client.agreed })
  const destroy = async (id: bigint) => {
    client.send(Buffer.concat([tl.int(0xe7512126), tl.long(id)]))
    const reply = await client.take(m => m.constructor_ === tl.ids.destroySessionOk || m.constructor_ === tl.ids.destroySessionNone)
    return reply?.constructor_
  }
  t.equal(await destroy(other.sessionId.readBigInt64LE()), tl.ids.destroySessionOk)
  t.equal(await destroy(other.sessionId.readBigInt64LE()), tl.ids.destroySessionNone)
  t.equal(await destroy(client.sessionId.readBigInt64LE()), tl.ids.destroySessionNone, 'not itself')
})

t.test('what the client asks for again is sent again, under its old number', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const id = client.send(nearest())
  await client.answer(id)
  const results = () => client.received.filter(m => m.constructor_ === tl.ids.rpcResult && m.body.readBigInt64LE(4) === id)
  const [first] = results()
  const asked = client.send(Buffer.concat([tl.int(0x7d861a08), tl.longVector([first?.messageId ?? 0n, 12n])]))
  await client.answer(id)
  const info = await client.take(m => m.constructor_ === tl.ids.msgsStateInfo && m.body.readBigInt64LE(4) === asked)

  t.same(results().map(m => m.messageId), [first?.messageId, first?.messageId])
  t.same([...info?.body.subarray(12, 14) ?? []], [1, 1], 'one message is not known')
})

t.test('a call that takes long is acknowledged before it is answered', async t => {
  const { gate, network } = await startSlowNetwork(t)
  const client = await startRawClient(t, network)
  const id = client.send(new Api.help.GetInviteText())

  const ack = await client.take(message => message.constructor_ === tl.ids.msgsAck)

  t.equal(ack?.body.readBigInt64LE(12), id)
  gate.open()
  t.ok(await client.answer(id) instanceof Api.help.InviteText)
})
