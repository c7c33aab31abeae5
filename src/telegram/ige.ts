import type { IGE } from 'telegram/crypto/IGE.js'
import gramjsIge from 'telegram/crypto/IGE.js'
import { randomBytes } from 'node:crypto'
import { igeDecrypt, igeEncrypt } from '../cipher/ige.js'

/** AES-256-IGE with the methods that GramJS calls. */
class FastIge {
  constructor (private readonly key: Uint8Array, private readonly iv: Uint8Array) {}

  decryptIge (data: Uint8Array): Buffer {
    return asBuffer(igeDecrypt(data, this.key, this.iv))
  }

  /** Pads to whole blocks with random bytes, as GramJS's own does. */
  encryptIge (data: Uint8Array): Buffer {
    const missing = (16 - data.length % 16) % 16
    const padded = missing === 0 ? data : Buffer.concat([data, randomBytes(missing)])
    return asBuffer(igeEncrypt(padded, this.key, this.iv))
  }
}

function asBuffer (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Seam: replaces GramJS's JavaScript AES-IGE (43 MB/s a core) for the whole process. GramJS looks the class up on its
 * module's exports at each use (`IGE_1.IGE`), which is why assigning there is enough.
 */
export function installFastIge (): void {
  Object.assign(gramjsIge, { IGE: FastIge })
}

/** GramJS's exports, to see which class is in force. */
export function installedIge (): typeof IGE {
  return gramjsIge.IGE
}
