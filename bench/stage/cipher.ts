import { loadCipher } from '../product.js'

/** Which implementation of AES-IGE a process uses. */
export type Cipher = 'native' | 'wasm'

/** The environment under which a process with `measure/addons.mjs` uses that cipher, where it has it. */
export function environmentOf (cipher: Cipher): Record<string, string> {
  return cipher === 'wasm' ? { BENCH_CIPHER: 'wasm' } : {}
}

/** The cipher of a process that has loaded these addons of the project's own. */
export function cipherOf (addons: readonly string[]): Cipher {
  return addons.length > 0 ? 'native' : 'wasm'
}

/** The best cipher that this installation has. */
export async function detectCipher (): Promise<Cipher> {
  return (await loadCipher()).cipherName()
}
