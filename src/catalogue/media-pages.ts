import { sql } from 'kysely'
import type { Db } from '../database/connect.js'
import type { LinkState, MediaFile, MediaId } from '../media.js'

/** Where a page ended: the last file, and when it was first seen, as PostgreSQL writes it in JSON; `null` where its row does not tell. */
export interface Position {
  readonly time: string | null
  readonly id: MediaId
}

/** A file in a list. */
export interface ListedFile {
  readonly file: MediaFile
  readonly link: LinkState
}

export interface PageRequest {
  /** Words, or the beginnings of words, of the name; or a file's id. `null`: all files. */
  readonly search: string | null
  readonly after: Position | null
  readonly limit: number
}

interface Row {
  readonly unique_file_id: MediaId
  readonly file_name: string | null
  readonly file_size: string | null
  readonly mime_type: string | null
  readonly created_at: Date
  readonly time: string | null
  readonly generation: number | null
  readonly blocked: boolean | null
}

/** A page of the catalogue, the newest first, and where the next one begins; `null` on the last. Files whose rows do not tell their time come last. */
export async function listMedia (db: Db, request: PageRequest): Promise<{ files: ListedFile[], next: Position | null }> {
  const wanted = request.limit + 1
  const dated = request.after !== null && request.after.time === null ? [] : await datedRows(db, request, wanted)
  const undated = dated.length < wanted ? await undatedRows(db, request, wanted - dated.length) : []
  const rows = [...dated, ...undated]
  const page = rows.slice(0, request.limit)
  const last = page.at(-1)
  const next = rows.length > page.length && last !== undefined ? { time: last.time, id: last.unique_file_id } : null
  return { files: page.map(listed), next }
}

/** The comparison of rows and the order are those of the index teleferry_media_files_by_time, read backwards. */
async function datedRows (db: Db, { search, after }: PageRequest, limit: number): Promise<Row[]> {
  const behind = after === null ? sql`true` : sql`(m.created_at, m.unique_file_id) < (${after.time}, ${after.id})`
  return await rowsWhere(db, search, sql`m.created_at IS NOT NULL AND ${behind}`, limit)
}

async function undatedRows (db: Db, { search, after }: PageRequest, limit: number): Promise<Row[]> {
  const behind = after === null || after.time !== null ? sql`true` : sql`m.unique_file_id < ${after.id}`
  return await rowsWhere(db, search, sql`m.created_at IS NULL AND ${behind}`, limit)
}

async function rowsWhere (db: Db, search: string | null, condition: ReturnType<typeof sql>, limit: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    ${search === null ? sql`` : sql`WITH found AS MATERIALIZED (${matching(search)})`}
    SELECT m.unique_file_id, m.file_name, m.file_size, m.mime_type, to_json(m.created_at) #>> '{}' AS time,
      COALESCE(m.created_at::timestamptz, m.updated_at::timestamptz, 'epoch') AS created_at, l.generation, l.blocked
    FROM ${sql.table(search === null ? 'media_files' : 'found')} AS m LEFT JOIN teleferry_links AS l ON l.unique_file_id = m.unique_file_id
    WHERE ${condition}
    ORDER BY m.created_at DESC, m.unique_file_id DESC
    LIMIT ${limit}`.execute(db)
  return rows
}

/**
 * The files that a search finds, through the index teleferry_media_files_by_word and that of ids. Materialized, because PostgreSQL takes
 * the words for more common than they are and would rather read the newest files one by one until it has enough.
 */
function matching (search: string) {
  const words = search.split(/[\s!-/:-@[-`{-~]+/).filter(word => word !== '').map(word => `${word}:*`).join(' & ')
  return sql`
    SELECT * FROM media_files WHERE teleferry_words(file_name) @@ to_tsquery('simple', ${words})
    UNION SELECT * FROM media_files WHERE unique_file_id = ${search}`
}

function listed (row: Row): ListedFile {
  const size = row.file_size === null ? null : Number(row.file_size)
  return {
    file: { id: row.unique_file_id, name: row.file_name, size, mimeType: row.mime_type, createdAt: row.created_at },
    link: { generation: row.generation ?? 0, blocked: row.blocked ?? false }
  }
}
