import pg from 'pg'
import { poll } from './poll.js'

const copies = Array.from({ length: 11 }, (_, index) => `b_${index + 1}`).join(', ')

/** Waits until `holders` bots have stored the file of this name; returns its id, the last part of its link. */
export async function waitForFile (databaseUrl: string, name: string, holders: number, signal: AbortSignal): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const query = `SELECT unique_file_id AS id FROM media_files WHERE file_name = $1 AND num_nonnulls(${copies}) = $2`
    const look = async () => (await client.query<{ id: string }>(query, [name, holders])).rows[0]?.id ?? null
    return await poll(look, { what: `${holders} bots know ${name}`, timeoutMs: 30_000 }, signal)
  } finally {
    await client.end()
  }
}
