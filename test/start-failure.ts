import t from 'tap'
import { loadConfig } from '../src/config.js'
import { migrate } from '../src/database/migrate.js'
import { explainFailure } from '../src/start-failure.js'

async function failureOf (work: () => unknown): Promise<unknown> {
  try {
    await work()
    return null
  } catch (error) {
    return error
  }
}

t.test('wrong settings are told in one line each, and where settings come from', async t => {
  const error = await failureOf(() => loadConfig({ API_ID: '1', API_HASH: '0'.repeat(32) }))
  t.match(explainFailure(error), /^BOT_TOKENS is missing: .*\n\nSettings come from .*npm run demo$/)
})

t.test('a database that is not there is told in one line, without the password', async t => {
  const error = await failureOf(async () => await migrate('postgres://someone:hidden@127.0.0.1:1/films', { log: () => {} }))
  t.match(explainFailure(error), /^cannot connect to the database "films" at 127\.0\.0\.1:1: .*: check DATABASE_URL$/)
  t.notMatch(explainFailure(error), 'hidden')
})

t.test('a file that may not be read is not taken for a port', t => {
  const error = Object.assign(new Error('open'), { code: 'EACCES', syscall: 'open', path: '/srv/key' })
  t.equal(explainFailure(error), `Teleferry could not start: ${error.stack}`)
  t.end()
})

t.test('TLS that cannot be had as the URL says is told in one line', async t => {
  const failure = async (query: string) => explainFailure(await failureOf(async () => await migrate(`postgres://someone:hidden@127.0.0.1:1/films?${query}`, { log: () => {} })))
  t.match(await failure('sslmode=foo'), /^cannot use TLS as DATABASE_URL says: .* unknown sslmode foo: use one of disable, .*verify-full$/)
  t.match(await failure('sslmode=verify-full&sslrootcert=/nowhere.pem'), /^cannot use TLS as DATABASE_URL says: ENOENT.*nowhere\.pem'$/)
})

t.test('what was not foreseen is told whole', async t => {
  const error = new Error('a mistake')
  t.equal(explainFailure(error), `Teleferry could not start: ${error.stack}`)
  t.equal(explainFailure('a mistake'), 'Teleferry could not start: a mistake')
})
