import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getWasmUrl } from '@mtcute/wasm'
import type { Ige } from './ige.js'

/** What passes through the module's memory at a time, in bytes: it stays in the processor's cache. */
const pieceLength = 64 * 1024

/** AES-256-IGE in WebAssembly. Nothing is allocated per call. */
export function createWasm (): Ige {
  const module = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(fileURLToPath(getWasmUrl())))).exports
  const at = module.__malloc(pieceLength)
  const [keyAt, ivAt] = [module.__get_shared_key_buffer(), module.__get_shared_iv_buffer()]
  // Made after the only allocation, which may move the memory.
  const memory = new Uint8Array(module.memory.buffer)
  const piece = memory.subarray(at, at + pieceLength)
  const before = Buffer.alloc(32)

  return (encrypt, target, source, key, iv) => {
    before.set(iv)
    for (let from = 0; from < source.length; from += pieceLength) {
      const input = source.subarray(from, from + pieceLength)
      piece.set(input)
      memory.set(key, keyAt)
      memory.set(before, ivAt)
      // IGE begins the next piece with the last encrypted block and the last plain one.
      before.set(input.subarray(-16), encrypt ? 16 : 0)
      if (encrypt) module.ige256_encrypt(at, input.length, at)
      else module.ige256_decrypt(at, input.length, at)
      const output = piece.subarray(0, input.length)
      before.set(output.subarray(-16), encrypt ? 0 : 16)
      target.set(output, from)
    }
  }
}

/** What of the module is used here. Pointers are offsets into `memory`. */
interface Wasm {
  readonly memory: { readonly buffer: ArrayBuffer }
  __malloc (size: number): number
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
