import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One step of the database's schema. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

/** `sql/` beside `src/` and `dist/`, so the same from both. */
export const SQL_FOLDER = fileURLToPath(new URL('../../sql/', import.meta.url))

/** The files `NNNN_name.sql` of a folder, in order. Throws when two have one number. */
export async function readMigrations (folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(file => /^\d{4}_\w+\.sql$/.test(file)).sort()
  const migrations = await Promise.all(files.map(async file => ({
    number: Number(file.slice(0, 4)),
    name: file.slice(0, -'.sql'.length),
    sql: await readFile(join(folder, file), 'utf8')
  })))
  const repeated = migrations.find((migration, index) => migrations[index + 1]?.number === migration.number)
  if (repeated) throw new Error(`two migrations have the number ${repeated.number} in ${folder}`)
  return migrations
}
