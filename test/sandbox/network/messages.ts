import bigInt from 'big-integer'
import { gzipSync } from 'node:zlib'
import { Api } from 'telegram'
import t from 'tap'
import { messageIdAt } from '../../../src/sandbox/network/message-ids.js'
import { RpcError } from '../../../src/sandbox/network/types.js'
import { createGate } from './fixtures/gate.js'
import { startTestNetwork } from './fixtures/network.js'
import { containerOf, initConnection, introduction, startRawClient, tl, type RawClient, type Received } from './fixtures/raw-client.js'

const pingBytes = (id: bigint) => Buffer.concat([tl.int(0x7abe77ec), tl.long(id)])
const isPong = (message: Received) => message.constructor_ === tl.ids.pong
const isSalt = (message: Received) => message.constructor_ === tl.ids.badServerSalt
const isBad = (message: Received) => message.constructor_ === tl.ids.badMsgNotification
const isNewSession = (message: Received) => message.constructor_ === tl.ids.newSessionCreated
const nearest = () => new Api.help.GetNearestDc()

/** The code of the notification about this message. */
async function complaintAbout (client: RawClient, messageId: bigint): Promise<number | undefined> {
  const notification = await client.take(message => isBad(message) && message.body.readBigInt64LE(4) === messageId)
  return notification?.body.readInt32LE(16)
}

t.test('the first salt follows from the nonces, and a session begins with new_session_created', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network, { init: false })
  const first = client.send(introduction(nearest()))

  const created = await client.take(isNewSession)

  t.equal(created?.body.readBigInt64LE(4), first)
  t.equal(created?.body.readBigInt64LE(20), client.agreed.firstSalt)
  t.ok(await client.answer(first) instanceof Api.NearestDc)
  t.notOk(client.received.some(isSalt))
})

t.test('a wrong salt is answered with the right one, and the message is not carried out', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const refused = client.send(nearest(), { salt: 0n })

  const complaint = await client.take(isSalt)

  t.equal(complaint?.body.readBigInt64LE(4), refused)
  t.equal(complaint?.body.readInt32LE(16), 48)
  t.equal(complaint?.body.readBigInt64LE(20), client.agreed.firstSalt)
  t.equal(network.stats().methods['help.GetNearestDc']?.calls, 1)
})

t.test('salts that were rotated away are refused, and the new one is told', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  network.rotateSalts()
  client.send(nearest())

  const complaint = await client.take(isSalt)
  client.salt = complaint?.body.readBigInt64LE(20) ?? 0n

  t.not(client.salt, client.agreed.firstSalt)
  t.ok(await client.call(nearest()) instanceof Api.NearestDc)
})

t.test('a salt is accepted for an hour and replaced after half of it; future salts are told', async t => {
  let now = Date.now()
  const network = await startTestNetwork(t, {}, { now: () => now })
  const client = await startRawClient(t, network)
  const asked = client.send(new Api.GetFutureSalts({ num: 3 }))
  const told = await client.take(message => message.constructor_ === tl.ids.futureSalts)
  const salts = [0, 1, 2].map(i => told?.body.readBigInt64LE(20 + 16 * i + 8) ?? 0n)
  client.nextId = () => messageIdAt(now)

  t.equal(told?.body.readBigInt64LE(4), asked)
  t.equal(told?.body.readInt32LE(16), 3)
  t.equal(salts[0], client.agreed.firstSalt)
  now += 40 * 60_000
  const pong = async () => {
    now += 1000
    client.send(pingBytes(1n))
    return await client.take(message => isPong(message) || isSalt(message))
  }
  t.equal((await pong())?.salt, salts[1], 'the server uses the new one')
  now += 21 * 60_000
  const refusal = await pong()
  t.equal(refusal?.body.readBigInt64LE(20), salts[2])
})

t.test('every rule about message ids and sequence numbers has its code', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const refused = async (what: Api.AnyRequest | Buffer, overrides: { messageId?: bigint, sequence?: number }) =>
    await complaintAbout(client, client.send(what, overrides))

  t.equal(await refused(nearest(), { messageId: messageIdAt(Date.now() - 310_000), sequence: 101 }), 16)
  t.equal(await refused(nearest(), { messageId: messageIdAt(Date.now() + 40_000), sequence: 101 }), 17)
  t.equal(await refused(nearest(), { messageId: client.nextId() + 1n, sequence: 101 }), 18)
  t.equal(await refused(nearest(), { sequence: 102 }), 35)
  t.equal(await refused(Buffer.concat([tl.int(tl.ids.msgsAck), tl.longVector([])]), { sequence: 103 }), 34)
  t.equal(await refused(containerOf([]), { sequence: 105 }), 34)
  const early = client.nextId()
  await client.answer(client.send(nearest(), { sequence: 111 }))
  t.equal(await refused(nearest(), { sequence: 109 }), 32, 'lower than before')
  t.equal(await refused(nearest(), { sequence: 111 }), 32, 'the same odd number')
  t.equal(await refused(nearest(), { messageId: early, sequence: 113 }), 33, 'older, and higher')
  t.ok(await client.answer(client.send(nearest(), { sequence: 113 })) instanceof Api.NearestDc)
})

t.test('a container is unpacked, and what a container must not be has code 64 or 19', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const [one, two, outer] = [client.nextId(), client.nextId(), client.nextId()]
  const contents = [
    { messageId: one, sequence: 21, body: nearest().getBytes() },
    { messageId: two, sequence: 22, body: pingBytes(9n) }
  ]
  client.send(containerOf(contents), { messageId: outer, sequence: 22 })

  t.ok(await client.answer(one) instanceof Api.NearestDc)
  t.equal((await client.take(isPong))?.body.readBigInt64LE(4), two)
  client.send(containerOf(contents), { messageId: outer, sequence: 22 })
  t.equal(await complaintAbout(client, outer), 19, 'the same id again')

  const bad = async (body: Buffer) => await complaintAbout(client, client.send(body, { sequence: 24 }))
  t.equal(await bad(containerOf([])), 64, 'empty')
  t.equal(await bad(containerOf([{ messageId: client.nextId(), sequence: 24, body: containerOf(contents) }])), 64, 'nested')
  t.equal(await bad(containerOf([{ messageId: client.nextId() + (1n << 33n), sequence: 24, body: pingBytes(1n) }])), 64, 'older than its contents')
  t.equal(await bad(containerOf(contents).subarray(0, -4)), 64, 'too short')
})

t.test('what becomes ready in one turn comes in one container, whose number is above those in it', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const ids = [1, 2, 3].map(() => client.nextId())
  const body = containerOf(ids.map((messageId, i) => ({ messageId, sequence: 21 + 2 * i, body: nearest().getBytes() })))
  client.send(body, { sequence: 26 })
  for (const id of ids) await client.answer(id)

  const last = client.received.at(-1)
  const frame = client.received.filter(message => message.frame === last?.frame)
  const [container, ...answers] = frame
  t.equal(container?.constructor_, tl.ids.msgContainer)
  t.equal(answers.length, 3)
  t.ok(answers.every(answer => answer.messageId < (container?.messageId ?? 0n)))
})

t.test('the server numbers its messages as the protocol says', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  for (let i = 0; i < 5; i++) await client.call(nearest())
  client.send(pingBytes(1n))
  await client.take(isPong)

  const answers = client.received.filter(message => message.constructor_ === tl.ids.rpcResult)
  t.ok(answers.every(answer => answer.messageId % 4n === 1n), 'answers are 1 modulo 4')
  t.equal((client.received.find(isNewSession)?.messageId ?? 0n) % 4n, 3n, 'the rest is 3')
  t.ok(answers.every(answer => answer.sequence % 2 === 1), 'content is odd')
  t.equal((client.received.find(isPong)?.sequence ?? 1) % 2, 0, 'a pong is not')
  const numbered = client.received.filter(message => message.constructor_ !== tl.ids.msgContainer)
  t.ok(numbered.every((message, i) => i === 0 || message.messageId > (numbered[i - 1]?.messageId ?? 0n)), 'numbers rise')
})

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
  const gate = createGate()
  const network = await startTestNetwork(t, {
    'help.GetInviteText': async () => {
      await gate.opened
      return new Api.help.InviteText({ message: '' })
    }
  })
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
  const gate = createGate()
  const network = await startTestNetwork(t, {
    'help.GetInviteText': async () => {
      await gate.opened
      return new Api.help.InviteText({ message: '' })
    }
  })
  const client = await startRawClient(t, network)
  const id = client.send(new Api.help.GetInviteText())

  const ack = await client.take(message => message.constructor_ === tl.ids.msgsAck)

  t.equal(ack?.body.readBigInt64LE(12), id)
  gate.open()
  t.ok(await client.answer(id) instanceof Api.help.InviteText)
})

t.test('ping_delay_disconnect closes the connection when no other follows', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  client.send(Buffer.concat([tl.int(0xf3427b8c), tl.long(5n), tl.int(0)]))

  t.equal((await client.take(isPong))?.body.readBigInt64LE(12), 5n)
  await client.connection.closed()
})

t.test('a call needs initConnection once per key, and layer 198', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network, { init: false })
  const error = async (request: Api.AnyRequest) => {
    const answer = await client.call(request)
    return answer instanceof Api.RpcError ? `${answer.errorCode} ${answer.errorMessage}` : 'none'
  }

  t.equal(await error(nearest()), '400 CONNECTION_NOT_INITED')
  t.equal(await error(introduction(nearest(), 42)), '400 CONNECTION_LAYER_INVALID')
  t.equal(await error(initConnection(nearest())), '400 CONNECTION_LAYER_INVALID')
  t.equal(await error(introduction(nearest())), 'none')
  const later = await startRawClient(t, network, { agreed: client.agreed, init: false })
  t.ok(await later.call(nearest()) instanceof Api.NearestDc)
})

t.test('what is no method is refused in Telegram\'s words', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const error = async (body: Buffer, sequence: number) => {
    const answer = await client.answer(client.send(body, { sequence }))
    return answer instanceof Api.RpcError ? `${answer.errorCode} ${answer.errorMessage}` : 'none'
  }

  t.equal(await error(tl.int(0x12345678), 21), `400 INPUT_METHOD_INVALID_${0x12345678}_198`)
  t.equal(await error(new Api.InputPeerSelf().getBytes(), 23), `400 INPUT_METHOD_INVALID_${Api.InputPeerSelf.CONSTRUCTOR_ID}_198`)
  t.equal(await error(tl.int(Api.GetFutureSalts.CONSTRUCTOR_ID + 1), 25), `400 INPUT_METHOD_INVALID_${Api.GetFutureSalts.CONSTRUCTOR_ID + 1}_198`)
  t.equal(await error(tl.int(Api.messages.SendMessage.CONSTRUCTOR_ID), 27), '400 INPUT_FETCH_ERROR')
  t.equal(await error(Buffer.concat([nearest().getBytes(), tl.int(0)]), 29), '400 INPUT_FETCH_ERROR')
  t.equal(await error(new Api.help.GetSupport().getBytes(), 31), '400 METHOD_INVALID')
})

t.test('invokeAfterMsg waits for the other call and fails with it', async t => {
  const order: string[] = []
  const gate = createGate()
  const network = await startTestNetwork(t, {
    'help.GetInviteText': async () => {
      await gate.opened
      order.push('first')
      return new Api.help.InviteText({ message: '' })
    },
    'help.GetSupport': () => { throw new RpcError(400, 'NO') },
    'help.GetNearestDc': () => { order.push('second'); return new Api.NearestDc({ country: '', thisDc: 2, nearestDc: 2 }) }
  })
  const client = await startRawClient(t, network)
  order.length = 0
  const after = (id: bigint) => new Api.InvokeAfterMsg({ msgId: bigInt(id), query: nearest() })
  const slow = client.send(new Api.help.GetInviteText())
  const waiting = client.send(after(slow))
  client.send(pingBytes(1n))
  await client.take(isPong)
  t.same(order, [])
  gate.open()
  t.ok(await client.answer(waiting) instanceof Api.NearestDc)
  t.same(order, ['first', 'second'])

  const failing = client.send(new Api.help.GetSupport())
  const answer = await client.call(after(failing))
  t.equal(answer instanceof Api.RpcError && answer.errorMessage, 'MSG_WAIT_FAILED')
})

t.test('a handler\'s own failure is reported and answered with 500', async t => {
  const errors: unknown[] = []
  const network = await startTestNetwork(t, {
    'help.GetSupport': () => { throw new TypeError('a bug') }
  }, { onError: error => { errors.push(error) } })
  const client = await startRawClient(t, network)

  const answer = await client.call(new Api.help.GetSupport())

  t.equal(answer instanceof Api.RpcError && answer.errorCode, 500)
  t.match(errors, [{ message: 'a bug' }])
})
