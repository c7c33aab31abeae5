import t from 'tap'
import { forgetMedia } from '../../src/catalogue/forget.js'
import { findLinkState, revokeLinks } from '../../src/catalogue/links.js'
import { findMedia, recordSightings } from '../../src/catalogue/media-files.js'
import { listMedia, type Position } from '../../src/catalogue/media-pages.js'
import { findSightings } from '../../src/catalogue/sightings.js'
import { assignSlots } from '../../src/catalogue/slots.js'
import { claimStorageCopy } from '../../src/catalogue/storage-copies.js'
import { findSenders } from '../../src/catalogue/uploads.js'
import { connect } from '../../src/database/connect.js'
import { migrate } from '../../src/database/migrate.js'
import { until } from '../e2e/fixtures/until.js'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.js'
import { botId, mediaId, sighting } from '../fixtures/sightings.js'

/** All ids in pages of this many, page after page. */
async function pagesOf ({ db }: TestDatabase, limit: number, search: string | null = null): Promise<string[][]> {
  const pages: string[][] = []
  let after: Position | null = null
  do {
    const { files, next }: Awaited<ReturnType<typeof listMedia>> = await listMedia(db, { search, after, limit })
    pages.push(files.map(({ file }) => file.id))
    after = next
  } while (after !== null)
  return pages
}

const insert = async ({ query }: TestDatabase, rows: ReadonlyArray<readonly [id: string, name: string | null, createdAt: string | null]>) => {
  for (const row of rows) await query('INSERT INTO media_files (unique_file_id, file_name, created_at) VALUES ($1, $2, $3)', [...row])
}

t.test('pages of any length hold every file once: the newest first, ties by id, those without a time last', async t => {
  const database = await createTestDatabase(t)
  await insert(database, [
    ['c', null, '2026-01-01 00:00:00.000001Z'], ['d', null, '2026-01-01 00:00:00.000001Z'], ['b', null, '2026-01-01 00:00:00.000002Z'],
    ['e', null, '2025-01-01 00:00Z'], ['f', null, 'infinity'], ['g', null, '-infinity'], ['x', null, null], ['y', null, null], ['z', null, null]
  ])
  const expected = ['f', 'b', 'd', 'c', 'e', 'g', 'z', 'y', 'x']
  for (let limit = 1; limit <= 10; limit++) {
    const pages = await pagesOf(database, limit)
    t.same(pages.flat(), expected, `by ${limit}`)
    t.ok(pages.slice(0, -1).every(page => page.length === limit) && pages.at(-1)?.length !== 0)
  }
})

t.test('an adopted table whose times have no zone is paged, too', async t => {
  const database = await createTestDatabase(t, { migrated: false })
  await database.query('CREATE TABLE media_files (unique_file_id VARCHAR PRIMARY KEY, file_name VARCHAR, created_at TIMESTAMP)')
  await migrate(database.url, { log: () => {} })
  await insert(database, [['a', 'one two', '2026-01-01 00:00:00.5'], ['b', 'two', '2026-01-02'], ['c', null, null]])
  t.same(await pagesOf(database, 1), [['b'], ['a'], ['c']])
  t.same(await pagesOf(database, 1, 'two'), [['b'], ['a']])
})

t.test('a search finds names by their words and how they begin, in any order and case, and files by their id', async t => {
  const database = await createTestDatabase(t)
  await insert(database, [
    ['AgAD-film_1', 'The.Ferry_Crossing-2024.1080p.mkv', '2026-01-03Z'], ['b', 'Čaj o páté (live).mp3', '2026-01-02Z'], ['c', 'ferryman\'s notes.txt', '2026-01-01Z'],
    ['d', 'C:\\path/to & | ! :* <-> file', '2025-01-01Z'], ['e', null, '2024-01-01Z'], ['f', 'long '.repeat(300_000), '2023-01-01Z']
  ])
  const cases: Array<[string, string[]]> = [
    ['ferry', ['AgAD-film_1', 'c']], ['FERRY crossing', ['AgAD-film_1']], ['mkv.ferry', ['AgAD-film_1']], ['1080', ['AgAD-film_1']], ['erry', []],
    ['páté', ['b']], ['live', ['b']], ['AgAD-film_1', ['AgAD-film_1']], ['path file', ['d']], ['long', ['f']],
    ['!', []], ['& | :*', []], ['\' OR true --', []], ['ferry & !crossing', ['AgAD-film_1']]
  ]
  for (const [search, expected] of cases) t.same((await pagesOf(database, 2, search)).flat(), expected, search)
})

t.test('a large catalogue is listed and searched through its indexes', async t => {
  const database = await createTestDatabase(t)
  await database.query(`INSERT INTO media_files (unique_file_id, file_name, created_at)
    SELECT 'id' || n, 'film number ' || n || '.mp4', '2026-01-01Z'::timestamptz - n * interval '1 minute' FROM generate_series(1, 50000) AS n`)
  await database.query('ANALYZE media_files')
  const after = (await listMedia(database.db, { search: null, after: null, limit: 50 })).next
  const scans = async () => await database.query<{ name: string, scans: number, read: number }>(`SELECT indexrelname AS name, idx_scan::int AS scans, idx_tup_read::int AS read
    FROM pg_stat_user_indexes WHERE relname = 'media_files' AND indexrelname LIKE '%_by_%' ORDER BY 1`)
  // PostgreSQL writes its statistics down when a session ends, at the latest.
  const measured = async (page: Parameters<typeof listMedia>[1]) => {
    const own = connect(database.url, { poolSize: 1, applicationName: 'teleferry test' })
    const before = await scans()
    const { files } = await listMedia(own, page)
    await own.destroy()
    const used = await until('the statistics', async () => {
      const now = await scans()
      return now.some(({ scans }, index) => scans > (before[index]?.scans ?? 0)) && now
    })
    const more = used.map(({ name, scans, read }, index) => ({ name, scans: scans - (before[index]?.scans ?? 0), read: read - (before[index]?.read ?? 0) })).filter(({ scans }) => scans > 0)
    return { files: files.length, used: more.map(({ name }) => name), isLittle: more.every(({ read }) => read < 100) }
  }
  t.same(await measured({ search: null, after, limit: 50 }), { files: 50, used: ['teleferry_media_files_by_time'], isLittle: true })
  t.same(await measured({ search: 'number 49999', after: null, limit: 50 }), { files: 1, used: ['teleferry_media_files_by_word'], isLittle: true })
})

t.test('what was done to a file\'s links is in the list', async t => {
  const database = await createTestDatabase(t)
  await insert(database, [['a', 'a', '2026-01-01Z']])
  await revokeLinks(database.db, mediaId('a'), { block: true, occasion: 'x' })
  t.match((await listMedia(database.db, { search: null, after: null, limit: 5 })).files, [{ file: { id: 'a' }, link: { generation: 1, blocked: true } }])
})

t.test('a forgotten file leaves nothing but the end of its links, which holds when it is seen again', async t => {
  const { db } = await createTestDatabase(t)
  const bot = botId(1)
  const film = mediaId('film')
  await assignSlots(db, [bot])
  const seen = { ...sighting(bot, 'film'), senderId: '42' }
  await recordSightings(db, [seen, { ...sighting(bot, 'other', {}, { messageId: 2 }), senderId: '42' }])
  await claimStorageCopy(db, film, bot)
  t.ok(await forgetMedia(db, film, 'one'))
  t.equal(await findMedia(db, film), null)
  t.same(await findSightings(db, bot, film), [])
  t.same(await findSenders(db, film), [])
  t.ok(await claimStorageCopy(db, film, botId(2)), 'nobody is at work on it')
  t.ok(await findMedia(db, mediaId('other')))
  t.notOk(await forgetMedia(db, film, 'two'))
  t.same(await findLinkState(db, film), { generation: 1, blocked: false })
  await recordSightings(db, [seen])
  t.same((await findMedia(db, film))?.link, { generation: 1, blocked: false })
})
