import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { loadEmbedded } from '../product.js'
import type { ViewerCommands } from '../viewer/viewer-process.js'
import { type Child, startScript } from './child.js'
import type { SandboxCommands } from './sandbox-process.js'

/** What all scenarios of a run stand on: a PostgreSQL, a sandbox Telegram, viewers and a folder, all temporary. */
export interface Ground {
  readonly folder: string
  /** Where CPU profiles of the servers go. */
  readonly profile: string | null
  /** Makes an empty database; returns its URL. */
  createDatabase (): Promise<string>
  /** The sandbox and the viewers, each a process of its own; started where they do not run. */
  processes (signal: AbortSignal): Promise<Processes>
  /** Nothing is left behind. PostgreSQL and the processes go also when this process is killed. */
  stop (): Promise<void>
}

export interface Processes {
  readonly sandbox: Child<SandboxCommands>
  readonly viewers: Child<ViewerCommands>
}

/** Starts PostgreSQL; the rest comes when it is needed. */
export async function startGround ({ profile }: { readonly profile: string | null }, signal: AbortSignal): Promise<Ground> {
  const { startEmbedded } = await loadEmbedded()
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-bench-'))
  const removeFolder = async () => await rm(folder, { recursive: true, force: true })
  try {
    const database = await startEmbedded({ temporary: true }, signal)
    const sandbox = keepRunning<SandboxCommands>('the sandbox', 'sandbox-process.ts', folder)
    const viewers = keepRunning<ViewerCommands>('the viewers', '../viewer/viewer-process.ts', folder)
    let made = 0
    return {
      folder,
      profile,
      createDatabase: async () => await createDatabase(database.url, `bench_${++made}`),
      processes: async signal => ({ sandbox: await sandbox.get(signal), viewers: await viewers.get(signal) }),
      stop: async () => {
        await Promise.all([sandbox.stop(), viewers.stop(), database.stop()])
        await removeFolder()
      }
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}

/** A process that is started at the first use, and again where it has ended. */
function keepRunning<C> (what: string, path: string, folder: string) {
  let child: Child<C> | null = null
  return {
    get: async (signal: AbortSignal): Promise<Child<C>> => {
      if (child === null || child.hasEnded()) child = await startScript<C>({ what, file: new URL(path, import.meta.url), folder }, signal)
      return child
    },
    stop: async () => await child?.stop()
  }
}

async function createDatabase (serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
