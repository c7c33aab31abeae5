import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/*
 * A sealed session: version (1 byte), salt (16), nonce (12), ciphertext, tag (16). AES-256-GCM under a key that
 * HKDF-SHA-256 derives from the bot's token, so that the database alone opens nothing.
 */
const version = 1
const saltLength = 16
const nonceLength = 12
const tagLength = 16
const headLength = 1 + saltLength + nonceLength

/** Encrypts a bot's session with a key made from its token. */
export function sealSession (plain: Uint8Array, token: string): Uint8Array {
  const salt = randomBytes(saltLength)
  const head = Buffer.concat([Buffer.from([version]), salt, randomBytes(nonceLength)])
  const cipher = createCipheriv('aes-256-gcm', keyFrom(token, salt), head.subarray(1 + saltLength)).setAAD(head)
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts what `sealSession` made; null where the token is another one or the bytes are not such a session. */
export function openSession (sealed: Uint8Array, token: string): Uint8Array | null {
  const bytes = Buffer.from(sealed)
  if (bytes.length < headLength + tagLength || bytes[0] !== version) return null
  const head = bytes.subarray(0, headLength)
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(token, head.subarray(1, 1 + saltLength)), head.subarray(1 + saltLength))
  decipher.setAAD(head).setAuthTag(bytes.subarray(-tagLength))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(headLength, -tagLength)), decipher.final()])
  } catch {
    return null
  }
}

function keyFrom (token: string, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, salt, `teleferry session v${version}`, 32))
}
