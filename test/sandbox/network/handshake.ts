import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Api } from 'telegram'
import { doAuthentication } from 'telegram/network/Authenticator.js'
import { MTProtoPlainSender } from 'telegram/network/MTProtoPlainSender.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import t from 'tap'
import { startNetwork } from '../../../src/sandbox/network/network.js'
import { trustKey } from './fixtures/gramjs.js'
import { agreeOnKey, ask, mustAsk, readResPq, reqDhParams, reqPq, setClientDhParams } from './fixtures/key-exchange.js'
import { startTestNetwork } from './fixtures/network.js'
import { connectRaw } from './fixtures/raw-connection.js'

t.test('both sides compute the same key', async t => {
  const network = await startTestNetwork(t)
  const agreed = await agreeOnKey(await connectRaw(t, network), network.publicKeyPem)

  t.same(agreed.newNonceHash, agreed.expectedHash)
  t.equal(network.stats().handshakes, 1)
})

t.test('GramJS\'s own authenticator is satisfied', async t => {
  const network = await startTestNetwork(t)
  trustKey(network.publicKeyPem)
  const connection = await connectRaw(t, network)
  const sender = new MTProtoPlainSender({
    send: async (data: Buffer) => { connection.sendPayload(data) },
    recv: async () => await connection.next()
  }, new Logger(LogLevel.NONE))

  const { authKey, timeOffset } = await untilNoZeroLeads(async () => await doAuthentication(sender, new Logger(LogLevel.NONE)))

  t.equal(authKey.getKey()?.length, 256)
  t.ok(Math.abs(timeOffset) <= 2)
})

t.test('after a finished exchange another may follow: GramJS does that when its key begins with a zero byte', async t => {
  const network = await startTestNetwork(t)
  const connection = await connectRaw(t, network)
  const [first, second] = [await agreeOnKey(connection, network.publicKeyPem), await agreeOnKey(connection, network.publicKeyPem)]

  t.same(second.newNonceHash, second.expectedHash)
  t.notSame(first.key, second.key)
})

t.test('the form with the DC\'s number is taken, also for test and media DCs', async t => {
  const network = await startTestNetwork(t)
  for (const dcId of [2, -2, 10002]) {
    const connection = await connectRaw(t, network)
    const from = readResPq(await mustAsk(connection, reqPq(randomBytes(16))))
    const answer = await mustAsk(connection, reqDhParams(from, randomBytes(32), network.publicKeyPem, dcId))
    t.equal(answer.readUInt32LE(0), Api.ServerDHParamsOk.CONSTRUCTOR_ID)
  }
})

t.test('the number of another DC is answered with -444', async t => {
  const network = await startTestNetwork(t)
  const connection = await connectRaw(t, network)
  const from = readResPq(await mustAsk(connection, reqPq(randomBytes(16))))

  t.equal(await ask(connection, reqDhParams(from, randomBytes(32), network.publicKeyPem, 4)), -444)
})

t.test('an identical query gets the identical answer, on another connection too', async t => {
  const network = await startTestNetwork(t)
  const [one, two] = [await connectRaw(t, network), await connectRaw(t, network)]
  const both = async (query: Buffer): Promise<Buffer> => {
    const answer = await mustAsk(one, query)
    t.same(await mustAsk(two, query), answer)
    return answer
  }
  const newNonce = randomBytes(32)
  const from = readResPq(await both(reqPq(randomBytes(16))))
  const { query } = setClientDhParams(from, newNonce, await both(reqDhParams(from, newNonce, network.publicKeyPem)))
  await both(query)

  t.equal(network.stats().handshakes, 1)
})

t.test('a bad step ends the exchange with -404, and a new one may begin on the same connection', async t => {
  const network = await startTestNetwork(t)
  const connection = await connectRaw(t, network)
  const newNonce = randomBytes(32)
  const begin = async () => readResPq(await mustAsk(connection, reqPq(randomBytes(16))))
  const spoilt = (query: Buffer): Buffer => {
    const copy = Buffer.from(query)
    copy.writeUInt8(copy.readUInt8(copy.length - 40) ^ 1, copy.length - 40)
    return copy
  }

  const first = await begin()
  const dhParams = reqDhParams(first, newNonce, network.publicKeyPem)
  t.equal(await ask(connection, spoilt(dhParams)), -404, 'what RSA hides is wrong')
  t.equal(await ask(connection, dhParams), -404, 'and nothing makes it good again')

  const second = await begin()
  const swapped = { ...second, p: second.q, q: second.p }
  t.equal(await ask(connection, reqDhParams(swapped, newNonce, network.publicKeyPem)), -404, 'the factors are swapped')

  const third = await begin()
  const { query } = setClientDhParams(third, newNonce, await mustAsk(connection, reqDhParams(third, newNonce, network.publicKeyPem)))
  t.equal(await ask(connection, spoilt(query)), -404, 'what AES hides is wrong')
  t.equal(await ask(connection, query), -404)

  t.equal(await ask(connection, Buffer.concat([query.subarray(0, 4), randomBytes(32), query.subarray(36)])), -404, 'nobody knows this exchange')
  t.equal(await ask(connection, randomBytes(40)), -404, 'no query at all')
  t.equal(network.stats().handshakes, 0)

  const agreed = await agreeOnKey(connection, network.publicKeyPem)
  t.same(agreed.newNonceHash, agreed.expectedHash)
})

t.test('without a given RSA key each network makes its own', async t => {
  const networks = await Promise.all([1, 2].map(async () => await startNetwork({ dcIds: [2], handler: async () => true })))
  t.teardown(async () => { for (const network of networks) await network.close() })
  const [one, two] = networks
  t.not(one?.publicKeyPem, two?.publicKeyPem)
  t.match(one?.publicKeyPem, /^-----BEGIN PUBLIC KEY-----/)
})

t.test('a given RSA key is used, and its size is checked', async t => {
  const pem = (modulusLength: number) =>
    generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const privateKeyPem = pem(2048)
  const [one, two] = [await startTestNetwork(t, {}, { privateKeyPem }), await startTestNetwork(t, {}, { privateKeyPem })]

  t.equal(one.publicKeyPem, two.publicKeyPem)
  await t.rejects(startTestNetwork(t, {}, { privateKeyPem: pem(1024) }), /must have 2048 bits, not 1024/)
})

/** GramJS strips leading zeros off its key, and then fails on its own hash: once in 256 times. */
async function untilNoZeroLeads<T> (attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof Error && error.message.includes('new nonce hash')) return await untilNoZeroLeads(attempt)
    throw error
  }
}
