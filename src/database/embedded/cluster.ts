import { randomBytes } from 'node:crypto'
import { lchown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './binaries.js'
import { DataDirUnusable } from './folder.js'
import { databaseDir, type Place } from './place.js'
import { runAs } from './owner.js'

/** A database's files: `dataDir` is PostgreSQL's own folder. */
export interface Cluster {
  readonly dataDir: string
  readonly password: string
}

export const CLUSTER_USER = 'teleferry'

/** Opens the database at `place`, made new where there is none. Throws when another PostgreSQL version wrote it. */
export async function openCluster (place: Place, binaries: Binaries, { temporary }: { temporary: boolean }, signal?: AbortSignal): Promise<Cluster> {
  const folder = databaseDir(place.root)
  if (!await exists(folder)) await createCluster(place, binaries, temporary, signal)
  const dataDir = join(folder, 'data')
  const major = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  if (major !== binaries.major) {
    throw new DataDirUnusable(`${dataDir} was written by PostgreSQL ${major}, and this is PostgreSQL ${binaries.major}: move the data with pg_dump and psql, or choose another DATA_DIR`)
  }
  return { dataDir, password: await readFile(join(folder, 'password'), 'utf8') }
}

/** Removes what runs that were killed halfway left behind. To be called by who holds the database. */
export async function removeUnfinished ({ root }: Place): Promise<void> {
  for (const name of await readdir(root)) {
    if (/^postgres.*\.new-/.test(name)) await rm(join(root, name), { recursive: true, force: true })
  }
}

/** Data and password come into being together, by one rename: a run killed halfway leaves no half of a database. */
async function createCluster ({ root, owner }: Place, binaries: Binaries, temporary: boolean, signal?: AbortSignal): Promise<void> {
  const unfinished = await mkdtemp(`${databaseDir(root)}.new-`)
  const dataDir = join(unfinished, 'data')
  const password = join(unfinished, 'password')
  try {
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (owner !== null) await Promise.all([unfinished, dataDir, password].map(path => lchown(path, owner.uid, owner.gid)))
    await runAs(owner, binaries.initdb, initdbArguments(dataDir, password, temporary), signal)
    await rename(unfinished, databaseDir(root))
  } catch (error) {
    // Another process was first, and has cleared ours away; whether it still uses its database shows when the server is started.
    if (signal?.aborted || !await exists(databaseDir(root))) throw error
  } finally {
    // What initdb started may outlive it for a moment.
    await rm(unfinished, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

function initdbArguments (dataDir: string, passwordFile: string, temporary: boolean): string[] {
  return [
    `--pgdata=${dataDir}`, `--username=${CLUSTER_USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256',
    // The built-in locale is the same on every system, so that a moved data folder keeps its indexes valid.
    '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8',
    '--no-instructions', ...(temporary ? ['--no-sync'] : [])
  ]
}

async function exists (path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}
