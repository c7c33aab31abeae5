import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getWasmUrl } from '@mtcute/wasm'

/**
 * AES-256-IGE as MTProto uses it. `key` and `iv` have 32 bytes; data comes in whole blocks of 16, else a RangeError is thrown.
 * The cipher is WebAssembly, loaded at the first call; what replaces it one day needs only these three functions.
 */

/** Decrypts into a new array. */
export function igeDecrypt (data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const target = new Uint8Array(data.length)
  run('ige256_decrypt', [data], key, iv, target)
  return target
}

/** Encrypts into a new array. */
export function igeEncrypt (data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const target = new Uint8Array(data.length)
  run('ige256_encrypt', [data], key, iv, target)
  return target
}

/** Encrypts `parts`, one after the other, into `target`, which is exactly as long as they are together: no copy in between. */
export function igeEncryptInto (target: Uint8Array, parts: readonly Uint8Array[], key: Uint8Array, iv: Uint8Array): void {
  run('ige256_encrypt', parts, key, iv, target)
}

function run (
  direction: 'ige256_encrypt' | 'ige256_decrypt',
  parts: readonly Uint8Array[], key: Uint8Array, iv: Uint8Array, target: Uint8Array
): void {
  const length = checkedLength(parts, key, iv, target)
  const module = loadWasm()
  const input = module.__malloc(2 * length)
  try {
    // The view is made after the allocation, which may move the memory.
    const memory = new Uint8Array(module.memory.buffer)
    memory.set(key, module.__get_shared_key_buffer())
    memory.set(iv, module.__get_shared_iv_buffer())
    fill(memory, input, parts)
    module[direction](input, length, input + length)
    target.set(memory.subarray(input + length, input + 2 * length))
  } finally {
    module.__free(input)
  }
}

function checkedLength (parts: readonly Uint8Array[], key: Uint8Array, iv: Uint8Array, target: Uint8Array): number {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (key.length !== 32) throw new RangeError(`an AES-256 key has 32 bytes, not ${key.length}`)
  if (iv.length !== 32) throw new RangeError(`an IGE initialisation vector has 32 bytes, not ${iv.length}`)
  if (length % 16 !== 0) throw new RangeError(`AES-IGE works on whole blocks of 16 bytes, not on ${length} bytes`)
  if (target.length !== length) throw new RangeError(`the target has ${target.length} bytes instead of ${length}`)
  return length
}

function fill (memory: Uint8Array, start: number, parts: readonly Uint8Array[]): void {
  let at = start
  for (const part of parts) {
    memory.set(part, at)
    at += part.length
  }
}

/** What of the module is used here. Pointers are offsets into `memory`. */
interface Wasm {
  readonly memory: { readonly buffer: ArrayBuffer }
  __malloc (size: number): number
  __free (pointer: number): void
  __get_shared_key_buffer (): number
  __get_shared_iv_buffer (): number
  ige256_encrypt (data: number, length: number, out: number): void
  ige256_decrypt (data: number, length: number, out: number): void
}

// Neither the ES2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Wasm }
}

let wasm: Wasm | undefined

function loadWasm (): Wasm {
  wasm ??= new WebAssembly.Instance(new WebAssembly.Module(readFileSync(fileURLToPath(getWasmUrl())))).exports
  return wasm
}
