import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import bigInt from 'big-integer'
import { serializeBytes } from 'telegram/tl/generationHelpers.js'
import { _serverKeys as gramjsKeys } from 'telegram/crypto/RSA.js'

/**
 * Seam: makes GramJS trust the server that holds this RSA key. GramJS keeps one map of keys per process, by
 * fingerprint, so this adds to the keys of Telegram's own servers, for all clients of the process. Takes PEM (SPKI or
 * PKCS#1); throws a TypeError where that is not an RSA key of 2048 bits, the only size that MTProto uses.
 * Returns the fingerprint, as the signed decimal that GramJS looks up.
 */
export function trustServerKey (pem: string): string {
  const { n, e } = rsaNumbers(readKey(pem))
  const fingerprint = fingerprintOf(n, e)
  gramjsKeys.set(fingerprint, { n: bigInt(n.toString('hex'), 16), e: e.readUIntBE(0, e.length) })
  return fingerprint
}

function readKey (pem: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch (error) {
    throw new TypeError('the server\'s public key is not a PEM file with an RSA public key', { cause: error })
  }
}

function rsaNumbers (key: KeyObject): { n: Buffer, e: Buffer } {
  const { kty, n, e } = key.export({ format: 'jwk' })
  if (kty !== 'RSA' || n === undefined || e === undefined) throw new TypeError('the server\'s public key is not an RSA key')
  const modulus = Buffer.from(n, 'base64url')
  if (modulus.length !== 256) throw new TypeError(`the server's public key has ${modulus.length * 8} bits instead of 2048`)
  return { n: modulus, e: Buffer.from(e, 'base64url') }
}

// The low 64 bits of the SHA-1 of the key in TL: core.telegram.org/mtproto/auth_key, "public_key_fingerprints".
function fingerprintOf (n: Buffer, e: Buffer): string {
  const hash = createHash('sha1').update(serializeBytes(n)).update(serializeBytes(e)).digest()
  return hash.readBigInt64LE(hash.length - 8).toString()
}
