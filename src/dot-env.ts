import { existsSync } from 'node:fs'

/** Adds what the file `.env` in the current folder sets; what the environment has already wins. */
export function readDotEnv (): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
