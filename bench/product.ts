import type * as cipher from '../src/cipher/ige.js'
import type * as embedded from '../src/database/embedded.js'
import type * as sandbox from '../src/sandbox/sandbox.js'
import type * as content from '../src/sandbox/world/content.js'

/** Loads the sandbox Telegram. */
export async function loadSandbox (): Promise<typeof sandbox> {
  return await load('sandbox/sandbox.js')
}

/** Loads the formula of synthetic files. */
export async function loadContent (): Promise<typeof content> {
  return await load('sandbox/world/content.js')
}

/** Loads the cipher, whichever implementation it chooses. */
export async function loadCipher (): Promise<typeof cipher> {
  return await load('cipher/ige.js')
}

/** Loads the embedded PostgreSQL. */
export async function loadEmbedded (): Promise<typeof embedded> {
  return await load('database/embedded.js')
}

/** Where the server's program is. */
export const serverProgram = new URL('../dist/main.js', import.meta.url)

/** Modules of the product as it was built, with the types of their source. */
async function load (path: string) {
  return await import(new URL(`../dist/${path}`, import.meta.url).href).catch((cause: unknown) => {
    throw new Error(`dist/${path} cannot be loaded: run npm run build first`, { cause })
  })
}
