import { createHash } from 'node:crypto'
import { loadNative } from './native.js'
import { createWasm } from './wasm.js'

/**
 * AES-256-IGE as MTProto uses it. `key` and `iv` have 32 bytes; data comes in whole blocks of 16, else a RangeError is thrown.
 * It is the processor's own AES where the addon in native/ was built (820 MiB/s a core), and WebAssembly elsewhere (150).
 */

/** Encrypts, or else decrypts, `source` into `target`; they are equally long and may be the same memory. */
export type Ige = (encrypt: boolean, target: Uint8Array, source: Uint8Array, key: Uint8Array, iv: Uint8Array) => void

/** Decrypts `data` in its place, in another thread, and calls `done` with the SHA-256 of `head` and of what came out. Until then both are not to be touched. */
export type Open = (data: Uint8Array, key: Uint8Array, iv: Uint8Array, head: Uint8Array, done: (digest: Buffer) => void) => void

export type CipherName = 'native' | 'wasm'

interface Chosen {
  readonly name: CipherName
  readonly ige: Ige
  readonly open: Open | null
}

let chosen: Chosen | undefined

/**
 * What another thread is asked for, in bytes. Below, asking takes longer than decrypting: 24 µs, where 16 KiB take 32 and 64 KiB 117. Above, there are
 * few viewers, who lose more by the way to it than the loop gains: one had 189 MB/s instead of 202.
 */
const worthThread = { least: 16 * 1024, most: 512 * 1024 + 4096 }

/** Chooses the implementation for the whole process: the fastest one, or WebAssembly. Without it the first use chooses the fastest. */
export function chooseCipher (choice: 'auto' | 'wasm'): CipherName {
  const native = choice === 'auto' ? loadNative() : null
  chosen = native === null ? { name: 'wasm', ige: createWasm(), open: null } : { name: 'native', ige: native, open: native.open ?? null }
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

/**
 * Decrypts `data` in its place; resolves to the SHA-256 of `head` and of what came out. What is long is left to another thread, where the addon can:
 * a fifth of the event loop's time with 500 viewers. Until it is over, neither is to be touched.
 */
export async function igeOpen (data: Uint8Array, key: Uint8Array, iv: Uint8Array, head: Uint8Array): Promise<Buffer> {
  const open = chosen?.open ?? null
  if (open !== null && data.length >= worthThread.least && data.length <= worthThread.most) return await new Promise(resolve => open(data, key, iv, head, resolve))
  igeDecryptInto(data, data, key, iv)
  return createHash('sha256').update(head).update(data).digest()
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
