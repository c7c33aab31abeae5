import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { connect, failureOf, logIn, tokenLogIn } from '../fixtures/client.js'

t.test('a log-in with a wrong application or token is refused by name', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const client = await connect(t, sandbox)
  const tryToken = async (botAuthToken: string, apiHash = sandbox.apiHash) => await failureOf(client.invoke(new Api.auth.ImportBotAuthorization({ flags: 0, apiId: sandbox.apiId, apiHash, botAuthToken })))

  t.equal(await tryToken(bot.token, 'f'.repeat(32)), '400 API_ID_INVALID')
  t.equal(await tryToken(`${bot.token}x`), '400 ACCESS_TOKEN_INVALID')
  t.equal(await tryToken(`${user.id}:AAx`), '400 ACCESS_TOKEN_INVALID')
  t.equal(await tryToken(''), '400 ACCESS_TOKEN_INVALID')
  t.equal(await failureOf(client.invoke(new Api.updates.GetState())), '401 AUTH_KEY_UNREGISTERED')
  t.equal(await tryToken(bot.token), 'no error')
  t.equal(await failureOf(client.invoke(new Api.updates.GetState())), 'no error')
})

t.test('a bot of another data centre is sent there', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot({ homeDc: 4 })
  const client = await connect(t, sandbox)

  // GramJS follows USER_MIGRATE_4 by itself
  const answer = await client.invoke(tokenLogIn(sandbox, bot.token))

  t.ok(answer instanceof Api.auth.Authorization && answer.user instanceof Api.User && answer.user.self === true && answer.user.bot === true)
  t.equal(client.session.dcId, 4)
  t.equal(sandbox.stats().dcs[2]?.methods['auth.ImportBotAuthorization']?.errors, 1)
  t.equal(sandbox.stats().dcs[4]?.methods['auth.ImportBotAuthorization']?.errors, 0)
})

t.test('too many log-ins in a row earn a wait until the oldest is out of the window', async t => {
  let now = 1_700_000_000_000
  const sandbox = await startTestSandbox(t, { now: () => now, settings: { loginLimit: { count: 2, windowMs: 60_000 } } })
  const bot = sandbox.createBot()
  const client = await connect(t, sandbox)
  const tryLogIn = async () => await failureOf(client.invoke(tokenLogIn(sandbox, bot.token)))

  t.equal(await tryLogIn(), 'no error')
  now += 20_000
  t.equal(await tryLogIn(), 'no error')
  t.equal(await tryLogIn(), '420 FLOOD_WAIT_40')
  now += 40_000
  t.equal(await tryLogIn(), 'no error')
})

t.test('a login is carried to another data centre once, with bytes made for it', async t => {
  const sandbox = await startTestSandbox(t)
  const { client } = await logIn(t, sandbox, sandbox.createBot())
  const elsewhere = await connect(t, sandbox, '', 4)
  const foreign = await connect(t, sandbox, '', 1)
  const importing = async (where: typeof client, { id, bytes }: Api.auth.ExportedAuthorization) => await failureOf(where.invoke(new Api.auth.ImportAuthorization({ id, bytes })))

  t.equal(await failureOf(client.invoke(new Api.auth.ExportAuthorization({ dcId: 2 }))), '400 DC_ID_INVALID')
  t.equal(await failureOf(client.invoke(new Api.auth.ExportAuthorization({ dcId: 3 }))), '400 DC_ID_INVALID')
  const exported = await client.invoke(new Api.auth.ExportAuthorization({ dcId: 4 }))
  const other = new Api.auth.ExportedAuthorization({ id: bigInt(1), bytes: exported.bytes })
  t.equal(await importing(foreign, exported), '400 AUTH_BYTES_INVALID')
  t.equal(await importing(elsewhere, other), '400 USER_ID_INVALID')
  t.equal(await importing(elsewhere, exported), 'no error')
  t.equal(await importing(elsewhere, exported), '400 AUTH_BYTES_INVALID')
  t.equal(await failureOf(elsewhere.invoke(new Api.updates.GetState())), 'no error')
})

t.test('a revoked token ends every login, and only the new token logs in', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const former = bot.token

  const token = bot.revokeToken()

  t.not(token, former)
  t.equal(await failureOf(client.invoke(new Api.updates.GetState())), '401 SESSION_REVOKED')
  t.equal(await failureOf(client.invoke(tokenLogIn(sandbox, former))), '400 ACCESS_TOKEN_EXPIRED')
  t.equal(await failureOf(client.invoke(tokenLogIn(sandbox, token))), 'no error')
  t.equal(await failureOf(client.invoke(new Api.updates.GetState())), 'no error')
})

t.test('a deactivated bot can do nothing any more', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)

  bot.deactivate()

  t.equal(await failureOf(client.invoke(new Api.updates.GetState())), '401 USER_DEACTIVATED')
  t.equal(await failureOf(client.invoke(tokenLogIn(sandbox, bot.token))), '401 USER_DEACTIVATED')
})

t.test('logging out ends this login only', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const [one, other] = [await logIn(t, sandbox, bot), await logIn(t, sandbox, bot)]

  await one.client.invoke(new Api.auth.LogOut())

  t.equal(await failureOf(one.client.invoke(new Api.updates.GetState())), '401 AUTH_KEY_UNREGISTERED')
  t.equal(await failureOf(other.client.invoke(new Api.updates.GetState())), 'no error')
})

t.test('methods for users and unknown ones are refused as Telegram does', async t => {
  const sandbox = await startTestSandbox(t)
  const { client } = await logIn(t, sandbox, sandbox.createBot())
  const forUsers = [new Api.help.GetAppConfig({ hash: 0 }), new Api.messages.GetDialogs({ offsetDate: 0, offsetId: 0, offsetPeer: new Api.InputPeerEmpty(), limit: 1, hash: bigInt(0) }), new Api.account.GetAuthorizations()]

  for (const request of forUsers) t.equal(await failureOf(client.invoke(request)), '400 BOT_METHOD_INVALID', request.className)
  t.match(await failureOf(client.invoke(new Api.payments.GetStarGifts({ hash: 0 }))), /^400 INPUT_METHOD_INVALID_\d+_198$/)
})
