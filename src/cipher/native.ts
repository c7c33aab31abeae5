import { createRequire } from 'node:module'
import type { Ige, Open } from './ige.js'

/** What native/ige.c makes; see there for when `open` is absent. */
export type Addon = Ige & { readonly open?: Open }

/** The addon that native/build.mjs makes at install, if it is there, loads on this machine and computes what it should; else `null`. */
export function loadNative (): Addon | null {
  try {
    // The same path from src/cipher and from dist/cipher.
    const addon: unknown = createRequire(import.meta.url)('../../native/ige.node')
    return isIge(addon) && passes(addon) ? addon : null
  } catch {
    return null
  }
}

function isIge (addon: unknown): addon is Addon {
  return typeof addon === 'function'
}

/** An installation may have been copied from another machine: one known answer, both ways, and in place. */
export function passes (ige: Ige): boolean {
  const { key, iv, plain, sealed } = knownAnswer
  const data = Buffer.from(plain)
  ige(true, data, data, key, iv)
  const isRight = data.equals(sealed)
  ige(false, data, data, key, iv)
  return isRight && data.equals(plain)
}

const counting = (length: number, first: number) => Buffer.from(Array.from({ length }, (_, i) => first + i))

/** As GramJS computes it. */
export const knownAnswer = {
  key: counting(32, 0),
  iv: counting(32, 64),
  plain: counting(48, 128),
  sealed: Buffer.from('ea28c432075485467ad4cedd761f74a7e325736d683b350d2dc8490a2684471463e39947ee1e83102a33455bab7e6abe', 'hex')
}
