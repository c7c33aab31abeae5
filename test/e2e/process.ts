import t from 'tap'
import { bytesContent } from '../../src/sandbox/world/content.js'
import { settingsFor } from '../fixtures/app.js'
import { get } from './fixtures/http.js'
import { startProgram } from './fixtures/process.js'
import { secretsOf, spellings } from './fixtures/secrets.js'
import { setStage } from './fixtures/story.js'

t.test('the server says at its loudest no secret while it logs in, serves, fails and ends; what it stores is sealed', async t => {
  const stage = await setStage(t, { bots: 3 })
  const { sandbox, bots: [bot, revoked], user, database } = stage
  if (bot === undefined || revoked === undefined) return t.fail('bots')
  const settings = await settingsFor(t, { sandbox, bots: stage.bots, databaseUrl: database.url, env: { LOG_LEVEL: 'trace' } })
  const mistyped = `${revoked.id}:${'Q'.repeat(35)}`
  const server = await startProgram(t, ['main.js'], { ...settings, BOT_TOKENS: [bot.token, mistyped, stage.bots[2]?.token].join(',') })
  for (const present of [bot, stage.bots[2]]) await server.says(new RegExp(`${present?.username}.*online`))
  await server.says(/ACCESS_TOKEN_INVALID/)
  await server.says(/"Teleferry serves http:\S+: open it in a browser, or send a file to @\w+ or @\w+"/)

  const message = user.sendTo(bot, { media: sandbox.file({ kind: 'document', content: bytesContent(Buffer.from('a letter')), dcId: 4, name: 'letter.txt' }) })
  const { buttons: [button] } = await sandbox.waitForReply(message)
  const url = button?.kind === 'url' ? button.url : ''
  t.equal((await get(url)).body.toString(), 'a letter')
  sandbox.faults.add({ match: { event: 'call', method: 'upload.GetFile' }, action: { kind: 'error', code: 400, message: 'LOCATION_INVALID' } })
  t.equal((await get(url)).status, 410)
  const secrets = [...secretsOf({ ...stage, databaseUrl: database.url }), ...spellings(mistyped), 'Q'.repeat(35)]
  server.kill('SIGTERM')
  t.same(await server.ended, { code: 0, signal: null })

  t.ok(secrets.length > 40, 'there were keys of several data centres to look for')
  t.same(secrets.filter(secret => server.output().includes(secret)), [])
  const rows = await database.query<{ data: Buffer }>('SELECT data FROM teleferry_bot_sessions')
  const stored = Buffer.concat(rows.map(({ data }) => data))
  t.equal(rows.length, 2, 'the session of each bot that logged in')
  t.same(secrets.filter(secret => stored.includes(secret)), [])
  const keys = stage.bots.flatMap(({ id }) => sandbox.network.keysOf(id))
  t.same(keys.filter(({ key }) => stored.includes(key.subarray(0, 32))), [])
})

t.test('the server ends with an error and the reason when no bot is left', async t => {
  const { sandbox, bots, database } = await setStage(t, { bots: 2 })
  const [first, second] = bots
  if (first === undefined || second === undefined) return t.fail('two bots')
  second.deactivate()
  const wrong = { token: `${first.id}:${'Q'.repeat(35)}` }
  const settings = await settingsFor(t, { sandbox, bots: [wrong, second], databaseUrl: database.url })
  const server = await startProgram(t, ['main.js'], settings)

  const { code } = await server.ended
  t.equal(code, 1)
  t.match(server.output(), /no bot is left/)
  t.match(server.output(), /ACCESS_TOKEN_INVALID: the token is wrong or was revoked/)
  t.match(server.output(), /USER_DEACTIVATED: Telegram deactivated this bot/)
  t.notMatch(server.output(), 'Q'.repeat(35))
})

t.test('a setting that is wrong ends the start with one line that names it and shows no value', async t => {
  const server = await startProgram(t, ['cli.js', 'serve'], { API_ID: '1', API_HASH: '0123456789abcdef0123456789abcdef', BOT_TOKENS: '12:secret' })
  t.same(await server.ended, { code: 1, signal: null })
  t.match(server.output(), /^BOT_TOKENS is no bot token: .*, for example BOT_TOKENS=\S+$/m)
  t.notMatch(server.output(), /^ +at /m, 'no stack')
  t.notMatch(server.output(), 'secret')
})
