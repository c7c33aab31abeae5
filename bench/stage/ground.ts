import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { loadEmbedded } from '../product.js'

/** What all scenarios of a run stand on: a PostgreSQL and a folder, both temporary. */
export interface Ground {
  readonly folder: string
  /** Where CPU profiles of the servers go. */
  readonly profile: string | null
  /** Makes an empty database; returns its URL. */
  createDatabase (): Promise<string>
  /** Nothing is left behind. PostgreSQL goes also when this process is killed. */
  stop (): Promise<void>
}

/** Starts PostgreSQL. */
export async function startGround ({ profile }: { readonly profile: string | null }, signal: AbortSignal): Promise<Ground> {
  const { startEmbedded } = await loadEmbedded()
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-bench-'))
  const removeFolder = async () => await rm(folder, { recursive: true, force: true })
  try {
    const database = await startEmbedded({ temporary: true }, signal)
    let made = 0
    return {
      folder,
      profile,
      createDatabase: async () => await createDatabase(database.url, `bench_${++made}`),
      stop: async () => {
        await database.stop()
        await removeFolder()
      }
    }
  } catch (error) {
    await removeFolder()
    throw error
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
