import { createHash } from 'node:crypto'

/** Whose message it is: core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector calls it x. */
export type Side = 0 | 8
export const fromClient: Side = 0
export const fromServer: Side = 8

/** The `msg_key` of a message whose unencrypted bytes, with padding, are `plain`. `authKey` has 256 bytes. */
export function messageKeyOf (authKey: Uint8Array, plain: Uint8Array, side: Side): Buffer {
  return messageKeyIn(createHash('sha256').update(hashedBefore(authKey, side)).update(plain).digest())
}

/** What is hashed together with a message, before it. */
export function hashedBefore (authKey: Uint8Array, side: Side): Uint8Array {
  return authKey.subarray(88 + side, 120 + side)
}

/** The `msg_key` in that SHA-256. */
export function messageKeyIn (digest: Buffer): Buffer {
  return digest.subarray(8, 24)
}

/** The AES key and initialisation vector of the message with this `msg_key`. */
export function aesKeyOf (authKey: Uint8Array, messageKey: Uint8Array, side: Side): { key: Buffer, iv: Buffer } {
  const a = createHash('sha256').update(messageKey).update(authKey.subarray(side, 36 + side)).digest()
  const b = createHash('sha256').update(authKey.subarray(40 + side, 76 + side)).update(messageKey).digest()
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24)])
  }
}

/** The `auth_key_id`, 8 bytes as they travel. */
export function keyIdOf (authKey: Uint8Array): Buffer {
  return createHash('sha1').update(authKey).digest().subarray(12, 20)
}
