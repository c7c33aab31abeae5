import { readFileSync } from 'node:fs'

/** The file `.env` is there and cannot be read. The message says why and what to do. */
export class DotEnvUnreadable extends Error {
  readonly code = 'DOT_ENV'
}

/** Adds what the file `.env` in the current folder sets; what the environment has already wins. Throws DotEnvUnreadable. */
export function readDotEnv (): void {
  if (isThere()) process.loadEnvFile('.env')
}

/** Node says of each failure that there was no such file. */
function isThere (): boolean {
  try {
    readFileSync('.env')
    return true
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') return false
    if (code === 'EISDIR') throw new DotEnvUnreadable('.env is a folder, and must be a file with the settings: move it away, then copy .env.example to .env', { cause })
    throw new DotEnvUnreadable(`.env cannot be read (${String(code)}): let this user read it, for example with chmod u+r .env`, { cause })
  }
}
