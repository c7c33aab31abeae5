import { Api } from 'telegram'
import t from 'tap'
import { messageIdAt } from '../../../src/sandbox/network/message-ids.js'
import { startTestNetwork } from './fixtures/network.js'
import { containerOf, introduction, startRawClient, tl } from './fixtures/raw-client.js'
import { complaintAbout, isNewSession, isPong, isSalt, nearest, pingBytes } from './fixtures/service-messages.js'

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
