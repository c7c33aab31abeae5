import { createHash, randomFillSync } from 'node:crypto'
import { igeDecrypt, igeEncryptInto } from '../../cipher/ige.js'

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

/** Opens what a client encrypted; `null` where key, padding or length are wrong. */
export function openEnvelope (payload: Buffer, authKey: Buffer): Envelope | null {
  if (payload.length < outer + inner + 16 || (payload.length - outer) % 16 !== 0) return null
  const messageKey = payload.subarray(8, outer)
  const { key, iv } = aesKey(authKey, messageKey, 0)
  const plain = Buffer.from(igeDecrypt(payload.subarray(outer), key, iv).buffer)
  if (!messageKeyOf(authKey, [plain], 0).equals(messageKey)) return null
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

/** An envelope to be sent; its body comes in parts, which are never joined. */
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

/** Encrypts a message for a client straight into `target`, which has `sealedLength` bytes. */
export function sealEnvelope (target: Buffer, envelope: OutgoingEnvelope, authKey: Buffer, keyId: Buffer): void {
  const length = envelope.body.reduce((sum, part) => sum + part.length, 0)
  const parts = [head(envelope, length), ...envelope.body, randomFillSync(Buffer.allocUnsafe(paddingFor(length)))]
  const messageKey = messageKeyOf(authKey, parts, 8)
  const { key, iv } = aesKey(authKey, messageKey, 8)
  target.set(keyId, 0)
  target.set(messageKey, 8)
  igeEncryptInto(target.subarray(outer), parts, key, iv)
}

function head ({ salt, sessionId, messageId, sequence }: OutgoingEnvelope, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(inner)
  bytes.writeBigInt64LE(salt, 0)
  bytes.set(sessionId, 8)
  bytes.writeBigInt64LE(messageId, 16)
  bytes.writeInt32LE(sequence, 24)
  bytes.writeInt32LE(length, 28)
  return bytes
}

/** `x` is 0 for what the client sends and 8 for what the server sends. */
function messageKeyOf (authKey: Buffer, parts: readonly Uint8Array[], x: 0 | 8): Buffer {
  const hash = createHash('sha256').update(authKey.subarray(88 + x, 120 + x))
  for (const part of parts) hash.update(part)
  return hash.digest().subarray(8, 24)
}

function aesKey (authKey: Buffer, messageKey: Buffer, x: 0 | 8): { key: Buffer, iv: Buffer } {
  const a = createHash('sha256').update(messageKey).update(authKey.subarray(x, 36 + x)).digest()
  const b = createHash('sha256').update(authKey.subarray(40 + x, 76 + x)).update(messageKey).digest()
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24)])
  }
}
