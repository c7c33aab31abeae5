import { randomUUID } from 'node:crypto'
import t from 'tap'
import { beatProcess, buryProcess, enterProcess, readBeats } from '../../src/catalogue/processes.js'
import { connect } from '../../src/database/connect.js'
import { migrate } from '../../src/database/migrate.js'
import { createUndertaker } from '../../src/leases/undertaker.js'
import { until } from '../e2e/fixtures/until.js'
import { startOwnPostgres } from '../fixtures/own-postgres.js'
import { quietLog } from '../telegram/fixtures/fleet.js'

t.test('signs of life are over by the database\'s clock, on a server that has served everybody meanwhile', async t => {
  const postgres = await startOwnPostgres(t)
  await migrate(postgres.url, { log: () => {} })
  const db = connect(postgres.url, { poolSize: 2, applicationName: 'teleferry processes test' })
  t.teardown(async () => { await db.destroy() })
  const [alive, dead] = [randomUUID(), randomUUID()]
  const age = async () => await postgres.query('UPDATE teleferry_processes SET beat_at = now() - make_interval(hours => 1)')
  const over = async () => [...await readBeats(db, [alive, dead])].filter(([, { isOver }]) => isOver).map(([id]) => id)
  const serves = async (seconds: number) => (await postgres.query<{ long: boolean }>('SELECT pg_postmaster_start_time() < now() - make_interval(secs => $1) AS long', [seconds]))[0]?.long

  await until('a server that is up for long', async () => await serves(6))
  for (const id of [alive, dead]) await enterProcess(db, id)
  t.same(await over(), [])
  await age()
  t.equal(await beatProcess(db, alive), true)
  t.same(await over(), [dead])

  await t.test('who looks for the first time need not watch it', async t => {
    const look = createUndertaker({ beats: ids => readBeats(db, ids), bury: (id, number) => buryProcess(db, id, number), deadMs: 4_000, log: quietLog as never })
    t.equal(await look([alive, dead]), true)
    t.same([...(await readBeats(db, [alive, dead])).keys()], [alive])
  })

  await t.test('but not after a recovery, in which nobody could give one', async t => {
    await postgres.stop()
    await postgres.start()
    await until('a connection', async () => await readBeats(db, [alive]).catch(() => null))
    await until('a server that is up for long', async () => await serves(6))
    await age()
    t.same(await over(), [])
  })
})
