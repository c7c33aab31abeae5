import t from 'tap'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import bigInt from 'big-integer'
import { Api } from 'telegram'
import { SecurityError } from 'telegram/errors/index.js'
import { BinaryWriter } from 'telegram/extensions/BinaryWriter.js'
import { MTProtoState } from 'telegram/network/MTProtoState.js'
import { GZIPPacked } from 'telegram/tl/core/index.js'
import { serializeBytes } from 'telegram/tl/index.js'
import { igeDecrypt, igeEncryptInto } from '../../src/cipher/ige.js'
import { openEnvelope } from '../../src/telegram/envelope.js'
import { aesKeyOf, fromClient, fromServer, keyIdOf, messageKeyOf } from '../../src/telegram/message-keys.js'
import { MessageState } from '../../src/telegram/message-state.js'
import { asAuthKey } from '../../src/telegram/sender.js'
import { silentLogger } from '../../src/telegram/transport.js'

const key = randomBytes(256)
const RPC_RESULT = 0xf35c6d01
const UPLOAD_FILE = 0x096a18d5

interface Spoilt {
  readonly sessionId?: Buffer
  readonly messageId?: bigint
  readonly length?: number
  readonly padding?: number
}

/** What a server would send; the encryption is tested against GramJS's below. */
function fromTheServer (body: Buffer, { sessionId = Buffer.alloc(8), messageId = 5n, length = body.length, padding = 12 + (16 - (body.length + 44) % 16) % 16 }: Spoilt = {}): Buffer {
  const plain = Buffer.concat([Buffer.alloc(32), body, Buffer.alloc(padding, 7)])
  plain.set(sessionId, 8)
  plain.writeBigInt64LE(messageId, 16)
  plain.writeInt32LE(1, 24)
  plain.writeInt32LE(length, 28)
  const messageKey = messageKeyOf(key, plain, fromServer)
  const aes = aesKeyOf(key, messageKey, fromServer)
  igeEncryptInto(plain, plain, aes.key, aes.iv)
  return Buffer.concat([keyIdOf(key), messageKey, plain])
}

/** `rpc_result` with an `upload.file` of `length` bytes in it. */
function fileAnswer (length: number): Buffer {
  const head = Buffer.alloc(28)
  head.writeUInt32LE(RPC_RESULT, 0)
  head.writeBigInt64LE(-4_444_444_444_444n, 4)
  head.writeUInt32LE(UPLOAD_FILE, 12)
  head.writeUInt32LE(Api.storage.FileMp4.CONSTRUCTOR_ID, 16)
  head.writeInt32LE(1_700_000_000, 20)
  head.writeUInt32LE((length << 8 | 0xfe) >>> 0, 24)
  return Buffer.concat([head, randomBytes(length)])
}

async function states () {
  const bad: string[] = []
  const authKey = await asAuthKey(key)
  const ours = new MessageState(authKey, error => { bad.push(error.message) })
  const theirs = new MTProtoState(authKey, silentLogger, true)
  // What it encrypts tells the session that it drew.
  const sessionId = await sessionOf(ours)
  return { ours, theirs, sessionId, bad }
}

async function sessionOf (state: MTProtoState): Promise<Buffer> {
  return openedAsServer(await state.encryptMessageData(Buffer.alloc(20))).subarray(8, 16)
}

/** The plain bytes of a client's payload. */
function openedAsServer (payload: Buffer): Buffer {
  const { key: aesKey, iv } = aesKeyOf(key, payload.subarray(8, 24), fromClient)
  return Buffer.from(igeDecrypt(payload.subarray(24), aesKey, iv))
}

t.test('a part of a file is read as GramJS reads it, and lies in the frame that it came in', async t => {
  const { ours, theirs, sessionId } = await states()
  const answer = fileAnswer(4096)
  const payload = fromTheServer(answer, { sessionId })
  const expected = await theirs.decryptMessageData(Buffer.from(payload))
  const got = await ours.decryptMessageData(payload)
  t.equal(got.msgId.toString(), expected.msgId.toString())
  const [mine, gramjs] = [await got.obj, await expected.obj]
  t.equal(mine.constructor, gramjs.constructor)
  t.equal(mine.reqMsgId.toString(), gramjs.reqMsgId.toString())
  t.equal(mine.reqMsgId.toString(), '-4444444444444')
  t.equal(mine.body.buffer, payload.buffer, 'not copied')
  t.ok(mine.body.equals(answer.subarray(12)), 'without the padding that GramJS leaves behind it')
})

t.test('errors, packed answers and what is no answer are read as GramJS reads them', async t => {
  const { ours, theirs, sessionId } = await states()
  const error = Buffer.concat([fileAnswer(0).subarray(0, 12), new Api.RpcError({ errorCode: 420, errorMessage: 'FLOOD_WAIT_3' }).getBytes()])
  const pong = new Api.Pong({ msgId: bigInt('-77'), pingId: bigInt('123456789012345') }).getBytes()
  const gzip = Buffer.alloc(4)
  gzip.writeUInt32LE(GZIPPacked.CONSTRUCTOR_ID)
  const packed = Buffer.concat([fileAnswer(0).subarray(0, 12), gzip, serializeBytes(gzipSync(pong))])
  for (const [i, body] of [error, packed, pong].entries()) {
    const payload = fromTheServer(body, { sessionId, messageId: 101n + BigInt(4 * i) })
    const expected = await (await theirs.decryptMessageData(Buffer.from(payload))).obj
    const got = await (await ours.decryptMessageData(payload)).obj
    t.equal(JSON.stringify(got), JSON.stringify(expected))
  }
})

t.test('a message that comes twice is read once', async t => {
  const { ours, sessionId, bad } = await states()
  const payload = fromTheServer(fileAnswer(16), { sessionId })
  await ours.decryptMessageData(Buffer.from(payload))
  t.type(await ours.decryptMessageData(payload).catch(error => error), SecurityError)
  t.same(bad, [])
})

t.test('what a server may not send is refused, and its owner is told', async t => {
  const { ours, sessionId, bad } = await states()
  const body = fileAnswer(16)
  const flipped = (at: number) => {
    const payload = fromTheServer(body, { sessionId })
    payload.writeUInt8(payload.readUInt8(at) ^ 1, at)
    return payload
  }
  const cases: Array<[wrong: RegExp, payload: Buffer]> = [
    [/another key/, flipped(0)],
    [/does not match/, flipped(10)],
    [/does not match/, flipped(60)],
    [/a message of 60 bytes/, fromTheServer(body, { sessionId }).subarray(0, 60)],
    [/another session/, fromTheServer(body, { sessionId: randomBytes(8) })],
    [/only a client/, fromTheServer(body, { sessionId, messageId: 8n })],
    [/44 bytes with a padding of 4/, fromTheServer(body, { sessionId, padding: 4 })],
    [/padding of 1028/, fromTheServer(body, { sessionId, padding: 1028 })],
    [/a message of 0 bytes/, fromTheServer(body, { sessionId, length: 0 })],
    [/a message of 43 bytes/, fromTheServer(body, { sessionId, length: 43 })],
    [/a message of -4 bytes/, fromTheServer(body, { sessionId, length: -4 })]
  ]
  for (const [wrong, payload] of cases) await t.rejects(ours.decryptMessageData(payload), { code: 'BAD_MESSAGE', message: wrong }, `${wrong}`)
  t.equal(bad.length, cases.length)
})

t.test('what it encrypts is what GramJS encrypts, but for session and padding', async t => {
  const { ours, theirs } = await states()
  const message = randomBytes(84)
  theirs.salt = ours.salt = bigInt('-8877665544332211')
  const [mine, gramjs] = await Promise.all([ours, theirs].map(async state => await state.encryptMessageData(message)))
  t.equal(mine?.length, gramjs?.length)
  t.same(mine?.subarray(0, 8), gramjs?.subarray(0, 8), 'the id of the key')
  const [a, b] = [mine, gramjs].map(payload => openedAsServer(payload ?? Buffer.alloc(0)))
  t.same(a?.subarray(0, 8), b?.subarray(0, 8), 'the salt')
  t.same(a?.subarray(16, 100), message)
  t.same(b?.subarray(16, 100), message)
})

t.test('messages are numbered as GramJS does it: by the clock, divisible by four, always rising', async t => {
  const { ours, theirs } = await states()
  const ids = Array.from({ length: 1000 }, () => BigInt(ours._getNewMsgId().toString()))
  t.ok(ids.every((id, i) => id % 4n === 0n && id > (ids[i - 1] ?? 0n)))
  const seconds = (id: bigInt.BigInteger) => Number(BigInt(id.toString()) >> 32n)
  t.ok(Math.abs(seconds(ours._getNewMsgId()) - seconds(theirs._getNewMsgId())) <= 1)
  const correct = bigInt(Math.floor(Date.now() / 1000) + 500).shiftLeft(32)
  t.ok(Math.abs(ours.updateTimeOffset(correct) - theirs.updateTimeOffset(correct)) <= 1)
  t.ok(Math.abs(seconds(ours._getNewMsgId()) - seconds(correct)) <= 2)
})

t.test('a message is written as GramJS writes it, but for its number', async t => {
  const { ours, theirs } = await states()
  for (const [data, after] of [[randomBytes(600), undefined], [randomBytes(12), bigInt(1234)]] as const) {
    const [mine, gramjs] = await Promise.all([ours, theirs].map(async state => {
      const writer = new BinaryWriter(Buffer.alloc(0))
      const id = await state.writeDataAsMessage(writer, data, true, after)
      t.equal(writer.getValue().readBigInt64LE(0).toString(), id.toString())
      return writer.getValue().subarray(8)
    }))
    t.same(mine, gramjs)
  }
})

t.test('an envelope that is too short to hold anything is refused', async t => {
  const secrets = { authKey: key, keyId: keyIdOf(key), sessionId: Buffer.alloc(8) }
  for (let length = 0; length < 72; length += 8) await t.rejects(openEnvelope(Buffer.alloc(length), secrets), { code: 'BAD_MESSAGE' })
})
