import { createHash } from 'node:crypto'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DataDirUnusable, forDataDir, makeFolder, mustBeWritable } from './folder.js'
import { findOwner, nameOf, runAs, type Owner } from './owner.js'

/** Where an embedded server's files lie, and as whom it runs. */
export interface Place {
  readonly root: string
  readonly owner: Owner
}

/** Below this, root keeps what the server's user could not reach elsewhere. */
const ROOTS_OWN_PLACE = '/var/lib/teleferry'

/** The folder of one database: the server's data and its password. */
export const databaseDir = (root: string) => join(root, 'postgres')

/**
 * The place for a lasting database: `dataDir`. Root's server runs as another user; where that user may not enter
 * `dataDir`, the place is `/var/lib/teleferry/<name derived from its path>`. A database that exists decides. Throws DataDirUnusable.
 */
export async function choosePlace (dataDir: string): Promise<Place> {
  const owner = await findOwner()
  return await forDataDir(async () => {
    const place = await findPlace(dataDir, owner) ?? { root: await makeFirst(candidatesFor(dataDir, owner), owner), owner }
    await mustBeWritable(place.root)
    return place
  })
}

/** Where the database for `dataDir` lies already; `null`: nowhere. `owner` is as whom a new one would run. */
export async function findPlace (dataDir: string, owner: Owner): Promise<Place | null> {
  for (const root of candidatesFor(dataDir, owner)) {
    const found = await findOwnerOf(databaseDir(root), owner)
    if (found !== undefined) return { root, owner: found }
  }
  return null
}

function candidatesFor (dataDir: string, owner: Owner): string[] {
  return owner === null ? [resolve(dataDir)] : [resolve(dataDir), join(ROOTS_OWN_PLACE, nameFor(resolve(dataDir)))]
}

/** A new folder for a temporary database, in the system's place for such. */
export async function chooseTemporaryPlace (): Promise<Place> {
  const owner = await findOwner()
  const parents = owner === null ? [tmpdir()] : [tmpdir(), ROOTS_OWN_PLACE]
  const parent = await makeFirst(parents, owner)
  const root = await mkdtemp(join(parent, 'teleferry-'))
  // mkdtemp makes it for us alone, but the server's user must get through to its own folder inside.
  if (owner !== null) await chmod(root, 0o755)
  return { root, owner }
}

async function makeFirst (folders: readonly string[], owner: Owner): Promise<string> {
  for (const folder of folders) {
    const created = await makeFolder(folder)
    if (await canEnter(owner, folder)) return folder
    if (created !== undefined) await rm(created, { recursive: true })
  }
  throw new DataDirUnusable(`the user ${owner?.name ?? ''}, as whom PostgreSQL has to run, can enter neither ${folders.join(' nor ')}: choose another DATA_DIR, or set DATABASE_URL`)
}

/** Asks the system rather than reading modes, which are not all that decides. */
async function canEnter (owner: Owner, folder: string): Promise<boolean> {
  if (owner === null) return true
  return await runAs(owner, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder]).then(() => true, () => false)
}

/** As whom to run the server of an existing database, which must be its files' owner; `undefined` where there is none. */
async function findOwnerOf (folder: string, root: Owner): Promise<Owner | undefined> {
  const found = await stat(folder).catch(() => null)
  if (found === null) return undefined
  if (process.platform === 'win32' || found.uid === process.getuid?.()) return null
  const owner = { name: await nameOf(found.uid), uid: found.uid, gid: found.gid }
  if (root === null) throw new DataDirUnusable(`the database in ${folder} belongs to the user ${owner.name}: start Teleferry as that user or as root, or choose another DATA_DIR`)
  if (!await canEnter(owner, folder)) throw new DataDirUnusable(`the database in ${folder} belongs to the user ${owner.name}, who cannot get there: let that user enter the folders above, or choose another DATA_DIR`)
  return owner
}

function nameFor (path: string): string {
  const readable = path.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, '').slice(-60)
  return `${readable}-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`
}
