import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPort, urlOf } from './leftover.js'
import { findOwner } from './owner.js'
import { databaseDir, findPlace } from './place.js'

/**
 * The address of the embedded server that a running Teleferry has for `dataDir`, with its password; `null` where no server is
 * up. Throws where its files may not be read.
 */
export async function findRunning (dataDir: string): Promise<string | null> {
  const place = await findPlace(dataDir, await findOwner())
  if (place === null) return null
  const folder = databaseDir(place.root)
  const cluster = { dataDir: join(folder, 'data'), password: await readFile(join(folder, 'password'), 'utf8') }
  const port = await readPort(cluster.dataDir)
  return port === null ? null : urlOf(cluster, port)
}
