import { loadNative } from './native.js'
import { createWasm } from './wasm.js'

/**
 * AES-256-IGE as MTProto uses it. `key` and `iv` have 32 bytes; data comes in whole blocks of 16, else a RangeError is thrown.
 * It is the processor's own AES where the addon in native/ was built (820 MiB/s a core), and WebAssembly elsewhere (150).
 */

/** Encrypts, or else decrypts, `source` into `target`; they are equally long and may be the same memory. */
export type Ige = (encrypt: boolean, target: Uint8Array, source: Uint8Array, key: Uint8Array, iv: Uint8Array) => void

export type CipherName = 'native' | 'wasm'

interface Chosen {
  readonly name: CipherName
  readonly ige: Ige
}

let chosen: Chosen | undefined

/** Chooses the implementation for the whole process: the fastest one, or WebAssembly. Without it the first use chooses the fastest. */
export function chooseCipher (choice: 'auto' | 'wasm'): CipherName {
  const native = choice === 'auto' ? loadNative() : null
  chosen = native === null ? { name: 'wasm', ige: createWasm() } : { name: 'native', ige: native }
  return chosen.name
}

/** Which implementation this process uses. */
export function cipherName (): CipherName {
  return chosen?.name ?? chooseCipher('auto')
}

/** Decrypts into a new array. */
export function igeDecrypt (data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const target = new Uint8Array(data.length)
  igeDecryptInto(target, data, key, iv)
  return target
}

/** Encrypts into a new array. */
export function igeEncrypt (data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const target = new Uint8Array(data.length)
  igeEncryptInto(target, data, key, iv)
  return target
}

/** Decrypts `source` into `target`, which is as long, and may be `source` itself. */
export function igeDecryptInto (target: Uint8Array, source: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
  run(false, target, source, key, iv)
}

/** Encrypts `source` into `target`, which is as long, and may be `source` itself. */
export function igeEncryptInto (target: Uint8Array, source: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
  run(true, target, source, key, iv)
}

function run (encrypt: boolean, target: Uint8Array, source: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
  if (key.length !== 32) throw new RangeError(`an AES-256 key has 32 bytes, not ${key.length}`)
  if (iv.length !== 32) throw new RangeError(`an IGE initialisation vector has 32 bytes, not ${iv.length}`)
  if (source.length % 16 !== 0) throw new RangeError(`AES-IGE works on whole blocks of 16 bytes, not on ${source.length} bytes`)
  if (target.length !== source.length) throw new RangeError(`the target has ${target.length} bytes instead of ${source.length}`)
  if (chosen === undefined) chooseCipher('auto')
  chosen?.ige(encrypt, target, source, key, iv)
}
