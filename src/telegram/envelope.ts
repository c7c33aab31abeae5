import { randomFillSync } from 'node:crypto'
import { igeEncryptInto, igeOpen } from '../cipher/ige.js'
import { aesKeyOf, fromClient, fromServer, hashedBefore, messageKeyIn, messageKeyOf } from './message-keys.js'

/** Key id and `msg_key`, before what is encrypted. */
const outer = 8 + 16

/** Salt, session, message id, sequence number and length, before the body. */
const inner = 8 + 8 + 8 + 4 + 4

/** What came is no message that a server may send: core.telegram.org/mtproto/security_guidelines */
export class BadMessage extends Error {
  readonly code = 'BAD_MESSAGE'
}

/** A key with its id, and the session that it is used in; 8 bytes each for the ids. */
export interface Secrets {
  readonly authKey: Uint8Array
  readonly keyId: Buffer
  readonly sessionId: Buffer
}

/** A server's message. `body` is its TL bytes, in the memory of the payload that it came in. */
export interface ServerMessage {
  readonly messageId: bigint
  readonly sequence: number
  readonly body: Buffer
}

/** Opens a payload from the server in its place, so that it is spoilt. Throws BadMessage. Until then the payload is not to be touched. */
export async function openEnvelope (payload: Buffer, { authKey, keyId, sessionId }: Secrets): Promise<ServerMessage> {
  if (payload.length < outer + inner + 16 || (payload.length - outer) % 16 !== 0) throw new BadMessage(`a message of ${payload.length} bytes`)
  if (!payload.subarray(0, 8).equals(keyId)) throw new BadMessage('a message under another key')
  const messageKey = payload.subarray(8, outer)
  const plain = payload.subarray(outer)
  const { key, iv } = aesKeyOf(authKey, messageKey, fromServer)
  const digest = await igeOpen(plain, key, iv, hashedBefore(authKey, fromServer))
  if (!messageKeyIn(digest).equals(messageKey)) throw new BadMessage('a message that does not match its key')
  if (!plain.subarray(8, 16).equals(sessionId)) throw new BadMessage('a message of another session')
  return readPlain(plain)
}

function readPlain (plain: Buffer): ServerMessage {
  const messageId = plain.readBigInt64LE(16)
  if ((messageId & 1n) === 0n) throw new BadMessage('a message with an id that only a client may give')
  const length = plain.readInt32LE(28)
  const padding = plain.length - inner - length
  if (length < 4 || length % 4 !== 0 || padding < 12 || padding > 1024) throw new BadMessage(`a message of ${length} bytes with a padding of ${padding}`)
  return { messageId, sequence: plain.readInt32LE(24), body: plain.subarray(inner, inner + length) }
}

/** Encrypts `message` (its id, sequence number, length and body) for the server. `salt` is that of the server. */
export function sealEnvelope (message: Uint8Array, salt: bigint, { authKey, keyId, sessionId }: Secrets): Buffer {
  const length = 16 + message.length
  const payload = Buffer.allocUnsafe(outer + length + 12 + (16 - (length + 12) % 16) % 16)
  const plain = payload.subarray(outer)
  plain.writeBigInt64LE(salt, 0)
  plain.set(sessionId, 8)
  plain.set(message, 16)
  randomFillSync(plain, length)
  const messageKey = messageKeyOf(authKey, plain, fromClient)
  const { key, iv } = aesKeyOf(authKey, messageKey, fromClient)
  payload.set(keyId, 0)
  payload.set(messageKey, 8)
  igeEncryptInto(plain, plain, key, iv)
  return payload
}
