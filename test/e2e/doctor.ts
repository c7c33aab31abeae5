import t from 'tap'
import { findFreePort } from '../../src/free-port.js'
import { settingsFor } from '../fixtures/app.js'
import { createTestDatabase } from '../fixtures/database.js'
import { startProgram } from './fixtures/process.js'
import { callsOf, setStage, type Stage, startOn } from './fixtures/story.js'
import { until } from './fixtures/until.js'

type Env = Readonly<Record<string, string>>

/** What the doctor says with these settings. */
async function ask (t: Parameters<typeof startProgram>[0], settings: Env, words: readonly string[] = []): Promise<{ code: number | null, said: string }> {
  const program = await startProgram(t, ['cli.js', 'doctor', ...words], settings)
  const { code } = await program.ended
  return { code, said: program.output() }
}

const settingsOf = async (t: Parameters<typeof settingsFor>[0], { sandbox, bots, database }: Stage, env: Env = {}) => await settingsFor(t, { sandbox, bots, databaseUrl: database.url, env })

const logIns = (stage: Stage) => callsOf(stage, 'auth.ImportBotAuthorization')

t.test('all is well: it asks the running server, and logs nobody in', async t => {
  const stage = await setStage(t, { bots: 2 })
  const settings = await settingsOf(t, stage, { STORAGE_CHAT_ID: stage.channel.chatId })
  await startOn(t, stage, { env: settings })
  await until('the rights to be looked at', async () => (await stage.database.query('SELECT FROM teleferry_storage_rights')).length === 2)
  const { code, said } = await ask(t, settings, ['--login'])
  t.equal(code, 0)
  t.notMatch(said, /✗/)
  for (const good of [/✓ settings/, /✓ database: PostgreSQL \d+/, /✓ migrations: all \d+ are applied/, /✓ clock/, /✓ server: runs at/, /✓ bot 1 \(@\w+\): online/, /✓ bot 2/, /✓ STORAGE_CHAT_ID, bot 2 .*may post/, /✓ PUBLIC_URL from here/]) t.match(said, good)
  t.match(said, /! PUBLIC_URL: .*means this machine alone/)
  t.equal(logIns(stage), 2)
  for (const { token } of stage.bots) t.notMatch(said, token.split(':')[1] ?? '')
})

t.test('the traps: a chat that bots are not in or may not post to, a revoked token, a wrong port', async t => {
  const stage = await setStage(t, { bots: 4 })
  const [fine, outside, mute, revoked] = stage.bots
  if (fine === undefined || outside === undefined || mute === undefined || revoked === undefined) return t.fail('bots')
  const storage = stage.sandbox.createChannel({ title: 'Storage' })
  storage.add(fine)
  storage.add(mute, { admin: true, rights: { post: false } })
  storage.add(revoked)
  const former = stage.bots.map(({ token }) => ({ token }))
  revoked.revokeToken()
  const ownersToken = 'an-owner\'s-token-of-some-length'
  const settings = { ...await settingsOf(t, { ...stage, bots: former as never }), STORAGE_CHAT_ID: storage.chatId }
  await startOn(t, stage, { bots: former, env: { ...settings, ADMIN_TOKEN: ownersToken } })
  await until('the rights to be looked at', async () => (await stage.database.query('SELECT FROM teleferry_storage_rights')).length === 3)
  const nowhere = `http://127.0.0.1:${await findFreePort()}`
  const { code, said } = await ask(t, { ...settings, PUBLIC_URL: nowhere })
  t.equal(code, 1)
  t.match(said, /✓ STORAGE_CHAT_ID, bot 1/)
  t.match(said, /✗ STORAGE_CHAT_ID, bot 2 .*it cannot see the chat -100\d+ \(CHANNEL_\w+\).*\n +→ check the id, and add the bot there as an administrator/)
  t.match(said, /✗ STORAGE_CHAT_ID, bot 3 .*no right to post there.*\n +→ make it an administrator with "Post messages"/)
  t.match(said, /✗ bot 4 \(\d+\): Telegram has turned it away for good.*\n +→ take the current token from @BotFather/)
  t.match(said, /✗ PUBLIC_URL from here: http:\/\/\S+ cannot be reached: .*ECONNREFUSED.*\n +→ check host, port/)

  const owned = await ask(t, { ...settings, ADMIN_TOKEN: ownersToken })
  t.match(owned.said, /✗ bot 4 \(\d+\): .*ACCESS_TOKEN/, 'the owner hears Telegram\'s own reason')
  const stranger = await ask(t, { ...settings, ADMIN_TOKEN: `${ownersToken}x` })
  t.match(stranger.said, /✗ bot 4 \(\d+\): Telegram has turned it away for good/, 'whose token is wrong hears what anybody does')
})

t.test('without a server it logs nobody in unless told to, and gives the sessions back then', async t => {
  const stage = await setStage(t, { bots: 2, sandbox: { now: () => Date.now() + 3_600_000 } })
  const settings = await settingsOf(t, stage, { STORAGE_CHAT_ID: stage.channel.chatId })
  const first = await ask(t, settings)
  t.equal(first.code, 0)
  t.match(first.said, /! server: none answers/)
  t.match(first.said, /! clock: 3600 s behind Telegram's\n +→ turn on/)
  t.match(first.said, /\? bot 1 .*not looked at.*\n.*--login/)
  t.match(first.said, /\? STORAGE_CHAT_ID, bot 1/)
  t.equal(logIns(stage), 0)

  const second = await ask(t, settings, ['--login'])
  t.equal(second.code, 0)
  t.match(second.said, /✓ bot 1 \(@\w+\): online/)
  t.match(second.said, /✓ STORAGE_CHAT_ID, bot 2 .*may post/)
  t.equal(logIns(stage), 2)
  const third = await ask(t, settings, ['--login'])
  t.match(third.said, /✓ bot 2 \(@\w+\): online/)
  t.equal(logIns(stage), 2, 'the stored sessions are used')
  t.same(await stage.database.query('SELECT DISTINCT holder FROM teleferry_bot_sessions'), [{ holder: null }])
})

t.test('settings, database, migrations and Telegram: what is wrong and what to do', async t => {
  const stage = await setStage(t)
  const settings = await settingsOf(t, stage)
  const wrong = await ask(t, { ...settings, API_ID: 'x', STORAGE_CHAT_ID: '1234567890' })
  t.equal(wrong.code, 1)
  t.match(wrong.said, /✗ API_ID: must be the number.*\n +→ for example API_ID=1234567/)
  t.match(wrong.said, /✗ STORAGE_CHAT_ID: is positive.*\n +→ for example STORAGE_CHAT_ID=-100/)

  const closed = new URL(stage.database.url)
  closed.port = '9'
  const unreachable = await ask(t, { ...settings, DATABASE_URL: closed.href, TELEGRAM_SERVER: '2@127.0.0.1:9' })
  t.equal(unreachable.code, 1)
  t.match(unreachable.said, /✗ database: .*ECONNREFUSED.*\n +→ look whether it runs/)
  t.match(unreachable.said, /✗ TELEGRAM_SERVER: cannot be reached: .*ECONNREFUSED.*\n +→ check its host and port/)
  if (closed.password !== '') t.notMatch(unreachable.said, closed.password)

  const away = await ask(t, { ...settings, TELEGRAM_SERVER: '2@127.0.0.1:9' }, ['--login'])
  t.match(away.said, /\? bot 1 .*not looked at, since Telegram cannot be reached\n/, 'logging in cannot succeed')
  t.equal(logIns(stage), 0)

  const key = await ask(t, { ...settings, TELEGRAM_PUBLIC_KEY: '/nowhere.pem' })
  t.match(key.said, /✗ TELEGRAM_PUBLIC_KEY: .*cannot be read/)

  const empty = await createTestDatabase(t, { migrated: false })
  const pending = await ask(t, { ...settings, DATABASE_URL: empty.url }, ['--login'])
  t.match(pending.said, /! migrations: not applied yet: 0001_media_files.*\n +→ start the server/)
  t.equal(logIns(stage), 0)
  await stage.database.query("INSERT INTO teleferry_migrations (number, name) VALUES (9999, '9999_future')")
  t.match((await ask(t, settings)).said, /✗ migrations: the database is newer.*9999_future/)
  t.match((await ask(t, settings, ['--fast'])).said, /--fast is not understood/)
})
