import pg from 'pg'
import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { get } from './fixtures/http.js'
import { copiesIn, linkTo, setStage, startOn } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

const poolSize = 3

t.test('however much is asked at once, there are no more connections to the database than DB_POOL_SIZE, and the leases wait for none', async t => {
  const stage = await setStage(t, { bots: 2 })
  const { sandbox, database, channel } = stage
  const app = await startOn(t, stage, { env: { DB_POOL_SIZE: String(poolSize) } })
  const links: string[] = []
  for (let i = 0; i < 20; i++) {
    const file = sandbox.file({ kind: 'document', content: syntheticContent(i, 1_000) })
    channel.post({ media: file })
    const id = uniqueIdOf('document', file)
    await copiesIn(database, id, 2)
    links.push(linkTo(app, id))
  }
  const connections = async () => await database.query<{ name: string, waits: boolean }>(
    `SELECT application_name AS name, wait_event_type IS NOT DISTINCT FROM 'Lock' AS waits FROM pg_stat_activity
     WHERE datname = current_database() AND application_name IN ('teleferry', 'teleferry leases')`)
  const beat = async () => Number((await database.query<{ beat: string }>('SELECT beat FROM teleferry_processes'))[0]?.beat)

  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  t.teardown(async () => { await holder.end() })
  await holder.query('BEGIN; LOCK TABLE media_files')
  const answers = Promise.all(links.map(async link => await get(link)))
  for (let i = 0; i < 5; i++) channel.post({ media: sandbox.file({ kind: 'document', content: syntheticContent(100 + i, 10) }) })
  await until('all of the pool to wait', async () => (await connections()).filter(({ waits }) => waits).length === poolSize - 1)
  const before = await beat()
  await until('signs of life', async () => await beat() > before + 1)
  t.same((await connections()).map(({ name }) => name).sort(), [...Array(poolSize - 1).fill('teleferry'), 'teleferry leases'])
  await holder.query('ROLLBACK')
  t.same((await answers).map(({ status }) => status), links.map(() => 200))
  t.ok((await connections()).length <= poolSize)
})
