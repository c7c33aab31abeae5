import t from 'tap'
import { createRequire } from 'node:module'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import bigInt from 'big-integer'
import { _serverKeys as serverKeys } from 'telegram/crypto/RSA.js'
import { MTProtoState } from 'telegram/network/MTProtoState.js'
import { MTProtoSender } from 'telegram/network/index.js'
import { RequestState } from 'telegram/network/RequestState.js'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { MessagePacker } from 'telegram/extensions/index.js'
import { Api } from 'telegram'
import { igeDecrypt } from '../../src/cipher/ige.js'
import { installedIge, installFastIge } from '../../src/telegram/ige.js'
import { installLongNumbers } from '../../src/telegram/long-numbers.js'
import { unchained } from '../../src/telegram/init-request.js'
import { MessageState } from '../../src/telegram/message-state.js'
import { asAuthKey, Sender } from '../../src/telegram/sender.js'
import { trustServerKey } from '../../src/telegram/server-keys.js'
import { installWholeKeys } from '../../src/telegram/whole-keys.js'
import { silentLogger, Transport } from '../../src/telegram/transport.js'

const require = createRequire(import.meta.url)

t.test('GramJS is the version that these seams were cut for', async t => {
  t.equal(require('telegram/package.json').version, '2.26.22')
})

t.test('GramJS uses the cipher that is installed, and it computes the same', async t => {
  const Own = installedIge()
  const [key, iv, data] = [randomBytes(32), randomBytes(32), randomBytes(4096)]
  const expected = new Own(key, iv).encryptIge(data)
  installFastIge()
  const Fast = installedIge()
  t.not(Fast, Own)
  t.ok(new Fast(key, iv).encryptIge(data).equals(expected))
  t.ok(new Fast(key, iv).decryptIge(expected).equals(data))
  t.equal(new Fast(key, iv).encryptIge(randomBytes(33)).length, 48, 'what is no whole block is padded')
})

t.test('GramJS looks the cipher up at each use, so that messages are encrypted with it', async t => {
  let used = 0
  const module = require('telegram/crypto/IGE')
  installFastIge()
  const Fast = module.IGE
  module.IGE = class extends Fast { encryptIge (data: Uint8Array) { used++; return super.encryptIge(data) } }
  t.teardown(() => { module.IGE = Fast })
  await new MTProtoState(await asAuthKey(randomBytes(256)), silentLogger).encryptMessageData(randomBytes(64))
  t.equal(used, 1)
  t.type(igeDecrypt, 'function')
})

t.test('a server key is found under the fingerprint that the server announces', async t => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const fingerprints = (['spki', 'pkcs1'] as const).map(type => trustServerKey(publicKey.export({ type, format: 'pem' }).toString()))
  t.equal(new Set(fingerprints).size, 1)
  const { n, e } = publicKey.export({ format: 'jwk' })
  const stored = serverKeys.get(fingerprints[0] ?? '')
  t.equal(stored?.n.toString(16), Buffer.from(n ?? '', 'base64url').toString('hex').replace(/^0+/, ''))
  t.equal(stored?.e, Buffer.from(e ?? '', 'base64url').readUIntBE(0, 3))
})

t.test('the fingerprint is Telegram\'s: GramJS\'s own keys have the one under which it keeps them', async t => {
  // Other tests add keys to the same map; GramJS's are the first.
  const [entry] = serverKeys
  if (entry === undefined) throw new Error('GramJS has no key')
  const [fingerprint, { n, e }] = entry
  const { createPublicKey } = await import('node:crypto')
  const base64url = (hex: string) => Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
  const jwk = { kty: 'RSA', n: base64url(n.toString(16)), e: base64url(bigInt(e).toString(16)) }
  t.equal(trustServerKey(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()), fingerprint)
})

t.test('what is no RSA key of 2048 bits is refused', async t => {
  const pem = (key: { export (options: { type: 'spki', format: 'pem' }): string | Buffer }) => key.export({ type: 'spki', format: 'pem' }).toString()
  t.throws(() => trustServerKey('hello'), { message: /not a PEM file/ })
  t.throws(() => trustServerKey(pem(generateKeyPairSync('ed25519').publicKey)), { message: /not an RSA key/ })
  t.throws(() => trustServerKey(pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)), { message: /1024 bits/ })
})

t.test('the methods that are replaced exist in GramJS under these names', async t => {
  for (const method of ['reconnect', '_handleContainer', '_processMessage', '_connect', 'disconnect', 'send'] as const) {
    t.type(MTProtoSender.prototype[method], 'function', method)
  }
  t.not(Sender.prototype.reconnect, MTProtoSender.prototype.reconnect)
})

t.test('a sender encrypts, numbers and reads with the state that replaces GramJS\'s, and so does its queue', async t => {
  for (const method of ['decryptMessageData', 'encryptMessageData', 'writeDataAsMessage', '_getNewMsgId', 'updateTimeOffset'] as const) {
    t.type(MTProtoState.prototype[method], 'function', method)
  }
  const transport = new Transport({ dcId: 2, host: '127.0.0.1', port: 1 }, 1)
  const sender = new Sender(await asAuthKey(randomBytes(256)), transport, { onUpdate: () => {}, onMissed: () => {}, onLost: () => {} }, 30_000)
  const state: unknown = Reflect.get(sender, '_state')
  t.type(state, MessageState)
  t.equal(Reflect.get(Reflect.get(sender, '_sendQueue'), '_state'), state)
  const stock: object = Reflect.construct(MTProtoSender, [await asAuthKey(null), { logger: silentLogger, securityChecks: true }])
  t.type(Reflect.get(stock, '_state'), MTProtoState, 'GramJS keeps its own under these names')
  t.type(Reflect.get(stock, '_sendQueue'), MessagePacker)
})

t.test('GramJS chains messages that are queued together, unless they are wrapped', async t => {
  const state = new MTProtoState(await asAuthKey(randomBytes(256)), silentLogger)
  const message = () => new Api.messages.SendMessage({ peer: new Api.InputPeerSelf(), message: 'x', randomId: bigInt(1) })
  const chained = (wrap: (request: Api.AnyRequest) => Api.AnyRequest) => {
    const packer = new MessagePacker(state, silentLogger)
    for (let i = 0; i < 2; i++) packer.append(new RequestState(wrap(message())))
    return packer.values().filter(state => state.after !== undefined).length
  }
  t.equal(chained(request => request), 1)
  t.equal(chained(unchained), 0)
})

t.test('GramJS reads and writes 64-bit numbers as it did before', async t => {
  const values = [0n, 1n, 255n, 256n, -1n, -256n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), ...Array.from({ length: 200 }, () => randomBytes(8).readBigInt64LE(0))]
  const bytesOf = (value: bigint) => { const bytes = Buffer.alloc(8); bytes.writeBigInt64LE(value); return bytes }
  const read = () => values.map(value => [true, false].map(signed => new BinaryReader(bytesOf(value)).readLong(signed).toString()))
  const wide = randomBytes(16)
  const readWide = () => [true, false].map(signed => new BinaryReader(wide).readLargeInt(128, signed).toString())
  const write = () => [[], values].map(some => new Api.MsgsAck({ msgIds: some.map(value => bigInt(value)) }).getBytes())
  const before = [read(), readWide(), write()]
  installLongNumbers()
  t.same([read(), readWide(), write()], before)
  t.equal(new BinaryReader(bytesOf(-5n)).readLong().toString(), '-5')
})

t.test('GramJS keeps the zeros that a key begins with, and writes other numbers as it did', async t => {
  const { getByteArray } = require('telegram/Helpers')
  installWholeKeys()
  const helpers = require('telegram/Helpers')
  t.not(helpers.getByteArray, getByteArray)
  const numbers = [bigInt(2).pow(64).minus(1), bigInt(257), bigInt(2).pow(2047)]
  t.same(numbers.map(number => helpers.getByteArray(number)), numbers.map(number => getByteArray(number)))
  const short = bigInt(2).pow(2047 - 24)
  t.equal(getByteArray(short).length, 253)
  t.same(helpers.getByteArray(short), Buffer.concat([Buffer.alloc(3), getByteArray(short)]))
})
