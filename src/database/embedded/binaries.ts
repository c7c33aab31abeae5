import { chmod, cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PostgresPackage } from './package.js'
import { runAs, type Owner } from './owner.js'

/** PostgreSQL's programs, by path, and the major version whose data they read. */
export interface Binaries {
  readonly initdb: string
  readonly pgCtl: string
  readonly postgres: string
  readonly major: string
}

/**
 * Returns programs that `owner` can really run: those in node_modules, if need be after making the links that npm
 * does not pack; or else a copy below `root`, made once, as when node_modules lies where only root may enter.
 */
export async function prepareBinaries (source: PostgresPackage, root: string, owner: Owner, signal?: AbortSignal): Promise<Binaries> {
  const copy = join(root, `postgres-${source.version}`)
  const attempts = [
    async () => source.nativeDir,
    async () => linkLibraries(source.nativeDir),
    async () => copy,
    async () => copyNative(source.nativeDir, copy)
  ]
  let reason: unknown
  for (const attempt of attempts) {
    try {
      return await tryBinaries(await attempt(), owner, signal)
    } catch (error) {
      signal?.throwIfAborted()
      reason = error
    }
  }
  throw new Error(`the embedded PostgreSQL does not run here: set DATABASE_URL to a PostgreSQL server instead (${String(reason)})`, { cause: reason })
}

async function tryBinaries (nativeDir: string, owner: Owner, signal?: AbortSignal): Promise<Binaries> {
  const program = (name: string) => join(nativeDir, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  const [version] = await Promise.all([
    runAs(owner, program('postgres'), ['--version'], signal),
    runAs(owner, program('initdb'), ['--version'], signal)
  ])
  const major = /(\d+)\.\d+/.exec(version)?.[1]
  if (major === undefined) throw new Error(`unknown version: ${version}`)
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres'), major }
}

async function copyNative (nativeDir: string, copy: string): Promise<string> {
  const unfinished = await mkdtemp(`${copy}.new-`)
  try {
    await cp(nativeDir, unfinished, { recursive: true, verbatimSymlinks: true })
    await linkLibraries(unfinished)
    await chmod(unfinished, 0o755)
    await rm(copy, { recursive: true, force: true })
    await rename(unfinished, copy)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return copy
}

/** Makes the links between library names that the package lists; the paths in its list start with `native/`. */
async function linkLibraries (nativeDir: string): Promise<string> {
  const links = parseLinks(await readFile(join(nativeDir, 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    await symlink(basename(source), join(dirname(nativeDir), target.replace(/^native/, basename(nativeDir)))).catch(ignoreExisting)
  }
  return nativeDir
}

function parseLinks (json: string): Array<{ source: string, target: string }> {
  const links: unknown = JSON.parse(json)
  if (!Array.isArray(links)) return []
  return links.map((link: { source?: unknown, target?: unknown }) => ({ source: String(link.source), target: String(link.target) }))
}

function ignoreExisting (error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
