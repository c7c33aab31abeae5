import { createHash, generatePrimeSync, randomBytes } from 'node:crypto'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { igeDecrypt, igeEncrypt } from '../../cipher/ige.js'
import { generator, makeSecret, prime, sharedKey } from './diffie-hellman.js'
import type { RsaKey } from './rsa.js'
import { bytes, int, longVector } from './tl.js'

/** A key that both sides have computed. `firstSalt` is the salt that both derive from the nonces. */
export interface NewKey {
  readonly key: Buffer
  readonly firstSalt: bigint
}

/** The answer to one step: what to send, or the transport error that ends the exchange. */
export type HandshakeAnswer = Buffer | -404 | -444

/** What a step of one exchange may rely on. */
export interface Exchange {
  readonly nonce: Buffer
  readonly serverNonce: Buffer
  readonly p: Buffer
  readonly q: Buffer
  readonly startedAt: number
  readonly answers: Map<string, HandshakeAnswer>
  state: 'asked' | 'agreed' | 'done' | 'failed'
  newNonce: Buffer
  secret: Buffer
}

const innerData = { plain: 0x83c95aec, dc: 0xa9f55f95, temporary: 0x3c6a84d4, temporaryDc: 0x56fddf88 }

/** Begins an exchange. */
export function newExchange (nonce: Buffer, startedAt: number): Exchange {
  // Small primes, because clients factor their product in slow big-integer arithmetic.
  const [p, q] = twoPrimes()
  return {
    nonce: Buffer.from(nonce),
    serverNonce: randomBytes(16),
    p,
    q,
    startedAt,
    answers: new Map(),
    state: 'asked',
    newNonce: Buffer.alloc(0),
    secret: Buffer.alloc(0)
  }
}

function twoPrimes (): [Buffer, Buffer] {
  const [a, b] = [generatePrimeSync(18, { bigint: true }), generatePrimeSync(19, { bigint: true })]
  return [bigEndian(a), bigEndian(b)]
}

function bigEndian (value: bigint): Buffer {
  const digits = value.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
}

/** The first answer, `resPQ`. */
export function resPq ({ nonce, serverNonce, p, q }: Exchange, rsa: RsaKey): Buffer {
  const pq = bigEndian(BigInt(`0x${p.toString('hex')}`) * BigInt(`0x${q.toString('hex')}`))
  return Buffer.concat([int(0x05162463), nonce, serverNonce, bytes(pq), longVector([rsa.fingerprint])])
}

/** req_DH_params → server_DH_params_ok. */
export function agree (exchange: Exchange, query: Buffer, rsa: RsaKey, dcId: number, now: number): HandshakeAnswer {
  const reader = new BinaryReader(query.subarray(36))
  const [p, q] = [reader.tgReadBytes(), reader.tgReadBytes()]
  const fingerprint = reader.read(8).readBigInt64LE()
  const opened = rsa.open(reader.tgReadBytes())
  if (exchange.state !== 'asked' || opened === null || fingerprint !== rsa.fingerprint) return -404
  if (!p.equals(exchange.p) || !q.equals(exchange.q)) return -404
  const inner = readInnerData(opened)
  if (!inner.nonces.equals(Buffer.concat([exchange.nonce, exchange.serverNonce]))) return -404
  if (!inner.p.equals(p) || !inner.q.equals(q)) return -404
  // Test DCs add 10000, media DCs are negative: core.telegram.org/mtproto/auth_key.
  if (inner.dcId !== null && Math.abs(inner.dcId) % 10000 !== dcId) return -444
  return offer(exchange, inner.newNonce, now)
}

interface InnerData {
  readonly p: Buffer
  readonly q: Buffer
  readonly nonces: Buffer
  readonly newNonce: Buffer
  readonly dcId: number | null
}

function readInnerData (opened: Buffer): InnerData {
  const reader = new BinaryReader(opened)
  const constructor = reader.readInt(false)
  if (!Object.values(innerData).includes(constructor)) throw new TypeError('no p_q_inner_data')
  reader.tgReadBytes()
  const [p, q] = [reader.tgReadBytes(), reader.tgReadBytes()]
  const [nonces, newNonce] = [reader.read(32), Buffer.from(reader.read(32))]
  const hasDc = constructor === innerData.dc || constructor === innerData.temporaryDc
  return { p, q, nonces, newNonce, dcId: hasDc ? reader.readInt() : null }
}

function offer (exchange: Exchange, newNonce: Buffer, now: number): Buffer {
  const { secret, public: gA } = makeSecret()
  exchange.newNonce = newNonce
  exchange.secret = secret
  exchange.state = 'agreed'
  const { nonce, serverNonce } = exchange
  const inner = Buffer.concat([
    int(0xb5890dba), nonce, serverNonce, int(generator), bytes(prime), bytes(gA), int(Math.floor(now / 1000))
  ])
  const { key, iv } = temporaryKey(newNonce, serverNonce)
  const hashed = Buffer.concat([sha1(inner), inner])
  const padding = randomBytes((16 - hashed.length % 16) % 16)
  const encrypted = Buffer.from(igeEncrypt(Buffer.concat([hashed, padding]), key, iv))
  return Buffer.concat([int(0xd0e8075c), nonce, serverNonce, bytes(encrypted)])
}

/** set_client_DH_params → dh_gen_ok. */
export function finish (exchange: Exchange, query: Buffer, onKey: (key: NewKey) => void): HandshakeAnswer {
  if (exchange.state !== 'agreed') return -404
  const { nonce, serverNonce, newNonce, secret } = exchange
  const { key: aesKey, iv } = temporaryKey(newNonce, serverNonce)
  const encrypted = new BinaryReader(query.subarray(36)).tgReadBytes()
  const gB = readClientInner(Buffer.from(igeDecrypt(encrypted, aesKey, iv)), Buffer.concat([nonce, serverNonce]))
  const key = sharedKey(secret, gB)
  if (key === null) return -404
  exchange.state = 'done'
  onKey({ key, firstSalt: newNonce.readBigInt64LE() ^ serverNonce.readBigInt64LE() })
  const hash = sha1(newNonce, Buffer.of(1), sha1(key).subarray(0, 8)).subarray(4)
  return Buffer.concat([int(0x3bcbf734), nonce, serverNonce, hash])
}

/** client_DH_inner_data → g_b. Throws a TypeError where the hash or a nonce is wrong. */
function readClientInner (opened: Buffer, nonces: Buffer): Buffer {
  const inner = opened.subarray(20)
  const reader = new BinaryReader(inner)
  if (reader.readInt(false) !== 0x6643b654 || !reader.read(32).equals(nonces)) throw new TypeError('no client_DH_inner_data')
  reader.readLong()
  const gB = reader.tgReadBytes()
  if (!sha1(inner.subarray(0, reader.tellPosition())).equals(opened.subarray(0, 20))) throw new TypeError('a wrong hash')
  return gB
}

function temporaryKey (newNonce: Buffer, serverNonce: Buffer): { key: Buffer, iv: Buffer } {
  const [newServer, serverNew, newNew] = [sha1(newNonce, serverNonce), sha1(serverNonce, newNonce), sha1(newNonce, newNonce)]
  return {
    key: Buffer.concat([newServer, serverNew.subarray(0, 12)]),
    iv: Buffer.concat([serverNew.subarray(12), newNew, newNonce.subarray(0, 4)])
  }
}

function sha1 (...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
