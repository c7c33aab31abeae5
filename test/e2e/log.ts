import t, { type Test } from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { settingsFor } from '../fixtures/app.js'
import { startOwnPostgres } from '../fixtures/own-postgres.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { difference, get } from './fixtures/http.js'
import { startProgram } from './fixtures/process.js'
import { secretsOf, spellings } from './fixtures/secrets.js'
import { callsOf } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const own = { LINK_SECRET: 'what-nobody-may-know-of-links', ADMIN_TOKEN: 'what-nobody-may-know-of-the-api' }
const databasePassword = 'what-nobody-may-know-of-data'

/** A server whose links are signed, with two bots and a PostgreSQL that can be stopped. */
async function setScene (t: Test, logLevel: string) {
  const postgres = await startOwnPostgres(t)
  const url = new URL(postgres.url)
  url.password = databasePassword
  const sandbox = await startTestSandbox(t)
  const bots = [sandbox.createBot(), sandbox.createBot()] as const
  const user = sandbox.createUser()
  const settings = await settingsFor(t, { sandbox, bots, databaseUrl: url.href, env: { ...own, LOG_LEVEL: logLevel } })
  const server = await startProgram(t, ['main.js'], settings)
  // The last line of a start, when all bots are online.
  await server.says(/Teleferry serves/)

  /** Sends a file to a bot; resolves with its signed link. */
  async function send (bot: typeof bots[number], size: number) {
    const content = syntheticContent(size, size)
    const { buttons: [button] } = await sandbox.waitForReply(user.sendTo(bot, { media: sandbox.file({ kind: 'video', name: 'film.mp4', content }) }))
    return { content, link: button?.kind === 'url' ? button.url : '' }
  }

  const lines = () => server.output().split('\n').filter(line => line !== '').map(line => JSON.parse(line) as { msg: string, level: number, reqId?: string })
  const secrets = () => [...secretsOf({ sandbox, bots, databaseUrl: url.href }), ...Object.values(own).flatMap(spellings)]
  return { postgres, sandbox, bots, server, send, lines, secrets, address: settings['PUBLIC_URL'] ?? '' }
}

for (const logLevel of ['info', 'debug']) {
  t.test(`at ${logLevel} the log has no line for a chunk, and no secret, whatever happens`, async t => {
    const { postgres, sandbox, bots: [bot, revoked], server, send, lines, secrets, address } = await setScene(t, logLevel)
    const [film, clip] = [await send(bot, 20_000_001), await send(bot, 1_000)]

    /** How many lines a download costs, from its first to that of its end. */
    async function linesFor ({ link, content }: typeof film): Promise<number> {
      const completed = () => lines().filter(({ msg }) => msg === 'request completed').length
      const before = { lines: lines().length, completed: completed() }
      t.equal(difference((await get(link)).body, content.read(0, content.size)), null)
      await until('the last line', () => completed() > before.completed)
      return lines().length - before.lines
    }

    // The first one also makes the connections to the file's data centre.
    await linesFor(film)
    const calls = callsOf({ sandbox }, 'upload.GetFile')
    const [forFilm, forClip] = [await linesFor(film), await linesFor(clip)]
    t.ok(callsOf({ sandbox }, 'upload.GetFile') - calls > 20)
    t.equal(forFilm, forClip, 'a film has as many lines as a clip')

    const [path = '', signature = ''] = film.link.split('?sig=')
    t.equal((await get(`${path}?sig=${signature.slice(0, -1)}`)).status, 403)
    t.equal((await get(`${path}%3Fsig=${signature}`)).status, 403)
    t.equal((await get(`${address}/api/bots`, { headers: { authorization: `Bearer ${own.ADMIN_TOKEN}` } })).status, 200)
    t.equal((await get(`${address}/api/bots?token=${own.ADMIN_TOKEN}`)).status, 401)

    const before = secrets()
    revoked.revokeToken()
    sandbox.disconnect({})
    await until('the bot to be turned away', () => server.output().includes('Telegram refuses a bot'))
    await postgres.stop()
    t.equal((await get(`${address}/download/AgADunknown?sig=${signature}`)).status, 503)
    await postgres.start()
    await until('the database', async () => (await get(film.link)).status === 200)
    const all = [...before, ...secrets(), signature]
    server.kill('SIGTERM')
    t.same(await server.ended, { code: 0, signal: null })

    t.same(all.filter(secret => server.output().includes(secret)), [])
    const requests = lines().filter(({ msg }) => msg === 'incoming request')
    t.ok(requests.length > 5)
    t.equal(new Set(requests.map(({ reqId }) => reqId)).size, requests.length, 'each request has an id of its own')
  })
}
