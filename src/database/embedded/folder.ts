import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The embedded PostgreSQL cannot have its data there. The message says why and what to do. */
export class DataDirUnusable extends Error {
  readonly code = 'DATA_DIR'
}

/**
 * Makes a folder and those above it that are missing; resolves to the first one that it made, or `undefined` where all were there. Node's own
 * recursive `mkdir` never ends below /proc, which holds no new folders and says that they do not exist.
 */
export async function makeFolder (path: string): Promise<string | undefined> {
  const failure = await mkdir(path).then(() => null, (error: NodeJS.ErrnoException) => error)
  if (failure === null) return path
  if (await isFolder(path)) return undefined
  if (failure.code !== 'ENOENT' || dirname(path) === path) throw failure
  const first = await makeFolder(dirname(path))
  // Another process may have been here in between.
  await mkdir(path).catch(async error => { if (!await isFolder(path)) throw error })
  return first ?? path
}

/** Runs `work`, which makes or looks at the folder of DATA_DIR. Throws DataDirUnusable where that cannot be. */
export async function forDataDir<T> (work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const reason = reasonOf(cause)
    throw reason === null ? cause : new DataDirUnusable(`DATA_DIR ${reason}: choose another one, such as DATA_DIR=./data, or set DATABASE_URL`, { cause })
  }
}

/** Throws where nothing can be written there. */
export async function mustBeWritable (path: string): Promise<void> {
  await access(path, constants.W_OK | constants.X_OK)
}

async function isFolder (path: string): Promise<boolean> {
  return await stat(path).then(found => found.isDirectory(), () => false)
}

function reasonOf (error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return null
  switch (error.code) {
    case 'EEXIST':
    case 'ENOTDIR': return `is a file or lies under one (${error.path}), and must be a folder`
    case 'EACCES':
    case 'EPERM': return `is a folder where this user may not write (${error.path})`
    case 'EROFS': return `lies on a disk that can only be read (${error.path})`
    case 'ENOENT': return `lies where no folder can be made (${error.path})`
    case 'ENOSPC': return `lies on a disk that is full (${error.path})`
    default: return null
  }
}
