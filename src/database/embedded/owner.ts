import { execFile } from 'node:child_process'
import { parse } from 'node:path'
import { promisify } from 'node:util'
import { DataDirUnusable } from './folder.js'

const execute = promisify(execFile)

/** The user as whom PostgreSQL runs; `null`: as ourselves. */
export type Owner = { readonly name: string, readonly uid: number, readonly gid: number } | null

/**
 * PostgreSQL refuses to run as root, so root runs it as `postgres` where there is such a user, else as `nobody`.
 * No user is created. Throws where neither exists.
 */
export async function findOwner (): Promise<Owner> {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([askId('-u', name), askId('-g', name)]).catch(() => null)
    if (ids !== null) return { name, uid: Number(ids[0]), gid: Number(ids[1]) }
  }
  throw new DataDirUnusable('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody" to run it as: start Teleferry as another user, or set DATABASE_URL')
}

/** A user's name, or its number where it has none. */
export async function nameOf (uid: number): Promise<string> {
  return await askId('-un', String(uid)).catch(() => String(uid))
}

async function askId (flag: '-u' | '-g' | '-un', user: string): Promise<string> {
  const { stdout } = await execute('id', [flag, user])
  return stdout.trim()
}

/** Runs a program of PostgreSQL. Resolves or rejects once it has ended; rejects with what it wrote when it fails. */
export async function runAs (owner: Owner, file: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const running = execute(file, args, { ...spawnOptions(owner, file), ...(signal && { signal }) })
  // An abort rejects while the program still ends, and may still write.
  const ended = new Promise<void>(resolve => running.child.once('close', () => resolve()))
  const { stdout } = await running.catch(async error => {
    if (running.child.pid !== undefined) await ended
    throw error
  })
  return stdout
}

/** How PostgreSQL's programs are started: as its owner, where it may stand, and without our environment, which holds secrets. */
export function spawnOptions (owner: Owner, file: string) {
  const { PATH, SystemRoot, TEMP } = process.env
  return {
    ...(owner && { uid: owner.uid, gid: owner.gid }),
    cwd: parse(file).root,
    env: { LC_ALL: 'C', TZ: 'UTC', ...(PATH && { PATH }), ...(SystemRoot && { SystemRoot }), ...(TEMP && { TEMP }) },
    windowsHide: true
  }
}
