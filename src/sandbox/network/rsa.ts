import { constants, createHash, createPrivateKey, createPublicKey, generateKeyPair, privateDecrypt, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { igeDecrypt } from '../../cipher/ige.js'
import { bytes } from './tl.js'

/** The data centres' RSA key. `fingerprint` is what `resPQ` names it by. */
export interface RsaKey {
  readonly publicKeyPem: string
  readonly fingerprint: bigint
  /** Undoes RSA_PAD: 192 bytes, data and padding. `null` where the 256 bytes are not padded rightly for this key. */
  open (encrypted: Buffer): Buffer | null
}

/** Takes a private key in PEM, 2048 bits, or makes one. Throws a RangeError for another size. */
export async function loadRsaKey (privateKeyPem?: string): Promise<RsaKey> {
  const privateKey = privateKeyPem === undefined ? await makeKey() : createPrivateKey(privateKeyPem)
  const publicKey = createPublicKey(privateKey)
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: fingerprintOf(publicKey),
    open: encrypted => openPadded(privateKey, encrypted)
  }
}

async function makeKey (): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey
}

/** The low 64 bits of the SHA-1 of the bare TL type `rsa_public_key n:string e:string` (core.telegram.org/mtproto/auth_key). */
function fingerprintOf (publicKey: KeyObject): bigint {
  const { n, e } = publicKey.export({ format: 'jwk' })
  const [modulus, exponent] = [Buffer.from(n ?? '', 'base64url'), Buffer.from(e ?? '', 'base64url')]
  if (modulus.length !== 256) throw new RangeError(`the RSA key must have 2048 bits, not ${modulus.length * 8}`)
  return createHash('sha1').update(bytes(modulus)).update(bytes(exponent)).digest().readBigInt64LE(12)
}

/** RSA_PAD backwards (core.telegram.org/mtproto/auth_key, step 4.1). */
function openPadded (privateKey: KeyObject, encrypted: Buffer): Buffer | null {
  const padded = rawDecrypt(privateKey, encrypted)
  if (padded === null) return null
  const [maskedKey, sealed] = [padded.subarray(0, 32), padded.subarray(32)]
  const mask = createHash('sha256').update(sealed).digest()
  const temporaryKey = maskedKey.map((byte, i) => byte ^ (mask[i] ?? 0))
  const opened = igeDecrypt(sealed, temporaryKey, Buffer.alloc(32))
  const data = Buffer.from(opened.subarray(0, 192)).reverse()
  const expected = createHash('sha256').update(temporaryKey).update(data).digest()
  return expected.equals(opened.subarray(192)) ? data : null
}

function rawDecrypt (privateKey: KeyObject, encrypted: Buffer): Buffer | null {
  try {
    return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encrypted)
  } catch {
    // Wrong length, or not below the modulus: the client's mistake.
    return null
  }
}
