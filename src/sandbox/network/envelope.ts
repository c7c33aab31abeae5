import { createHash, randomFillSync } from 'node:crypto'
import { igeDecryptInto, igeEncryptInto } from '../../cipher/ige.js'

/** One message of MTProto 2.0 outside of its encryption (core.telegram.org/mtproto/description). `body` is its TL bytes. */
export interface Envelope {
  readonly salt: bigint
  readonly sessionId: Buffer
  readonly messageId: bigint
  readonly sequence: number
  readonly body: Buffer
}

const outer = 8 + 16
const inner = 8 + 8 + 8 + 4 + 4

/** Opens what a client encrypted, in its place: `payload` is spoilt. `null` where key, padding or length are wrong. */
export function openEnvelope (payload: Buffer, authKey: Buffer): Envelope | null {
  if (payload.length < outer + inner + 16 || (payload.length - outer) % 16 !== 0) return null
  const messageKey = payload.subarray(8, outer)
  const { key, iv } = aesKey(authKey, messageKey, 0)
  const plain = payload.subarray(outer)
  igeDecryptInto(plain, plain, key, iv)
  if (!messageKeyOf(authKey, plain, 0).equals(messageKey)) return null
  return readPlain(plain)
}

function readPlain (plain: Buffer): Envelope | null {
  const length = plain.readInt32LE(28)
  const padding = plain.length - inner - length
  if (length < 4 || length % 4 !== 0 || padding < 12 || padding > 1024) return null
  return {
    salt: plain.readBigInt64LE(0),
    sessionId: plain.subarray(8, 16),
    messageId: plain.readBigInt64LE(16),
    sequence: plain.readInt32LE(24),
    body: plain.subarray(inner, inner + length)
  }
}

/** An envelope to be sent; its body comes in parts, which are joined in their final place. */
export interface OutgoingEnvelope {
  readonly salt: bigint
  readonly sessionId: Buffer
  readonly messageId: bigint
  readonly sequence: number
  readonly body: readonly Uint8Array[]
}

/** The bytes that `sealEnvelope` needs for a body of `length` bytes. */
export function sealedLength (length: number): number {
  return outer + inner + length + paddingFor(length)
}

/** At least 12 bytes, up to whole blocks. */
function paddingFor (length: number): number {
  return 12 + (16 - (inner + length + 12) % 16) % 16
}

/** Writes a message for a client into `target`, which has `sealedLength` bytes, and encrypts it there. */
export function sealEnvelope (target: Buffer, envelope: OutgoingEnvelope, authKey: Buffer, keyId: Buffer): void {
  const plain = target.subarray(outer)
  writePlain(plain, envelope)
  const messageKey = messageKeyOf(authKey, plain, 8)
  const { key, iv } = aesKey(authKey, messageKey, 8)
  target.set(keyId, 0)
  target.set(messageKey, 8)
  igeEncryptInto(plain, plain, key, iv)
}

function writePlain (plain: Buffer, { salt, sessionId, messageId, sequence, body }: OutgoingEnvelope): void {
  plain.writeBigInt64LE(salt, 0)
  plain.set(sessionId, 8)
  plain.writeBigInt64LE(messageId, 16)
  plain.writeInt32LE(sequence, 24)
  let at = inner
  for (const part of body) {
    plain.set(part, at)
    at += part.length
  }
  plain.writeInt32LE(at - inner, 28)
  randomFillSync(plain, at)
}

/** `x` is 0 for what the client sends and 8 for what the server sends. */
function messageKeyOf (authKey: Buffer, plain: Buffer, x: 0 | 8): Buffer {
  return createHash('sha256').update(authKey.subarray(88 + x, 120 + x)).update(plain).digest().subarray(8, 24)
}

function aesKey (authKey: Buffer, messageKey: Buffer, x: 0 | 8): { key: Buffer, iv: Buffer } {
  const a = createHash('sha256').update(messageKey).update(authKey.subarray(x, 36 + x)).digest()
  const b = createHash('sha256').update(authKey.subarray(40 + x, 76 + x)).update(messageKey).digest()
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24)])
  }
}
