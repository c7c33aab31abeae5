import t from 'tap'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { memoryLoan, startTestFleet } from './fixtures/fleet.js'
import { calls, fleetWithFile, readStart } from './fixtures/story.js'
import type { BotId } from '../../src/media.js'

t.test('bots log in, wherever their home is, and say who they are', async t => {
  const sandbox = await startTestSandbox(t)
  const bots = [sandbox.createBot(), sandbox.createBot({ homeDc: 4 }), sandbox.createBot({ homeDc: 1 })]
  const introduced: unknown[] = []
  const { fleet } = startTestFleet(t, sandbox, bots, { onOnline: async bot => { introduced.push(bot) } })
  await fleet.settled(15_000)
  t.match(fleet.reports(), bots.map(({ id, username }) => ({ botId: id, username, state: 'online' })))
  t.same(new Set(introduced), new Set(bots.map(({ id, username }) => ({ id, username }))))
})

t.test('a second start shows no token and makes no key, for files neither', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  await first.fleet.stop()
  const before = sandbox.stats()

  const second = startTestFleet(t, sandbox, [bot], { sessions: first.sessions })
  await second.fleet.settled(15_000)
  t.same(await readStart(second, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.equal(sandbox.stats().handshakes, before.handshakes)
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), before.methods['auth.ImportBotAuthorization']?.calls)
  t.equal(calls(sandbox, 'auth.ExportAuthorization'), before.methods['auth.ExportAuthorization']?.calls)
})

t.test('a wrong token stops no other bot, says what to do, and never shows itself', async t => {
  const sandbox = await startTestSandbox(t)
  const good = sandbox.createBot()
  const wrong = { id: '42', token: '42:AAnobodyknowsthistoken' }
  const { fleet, report, said } = startTestFleet(t, sandbox, [wrong, good])
  await fleet.settled(15_000)
  t.equal(report(good.id).state, 'online')
  t.match(report('42'), { state: 'gone', reason: /BotFather/ })
  t.equal(said.filter(line => line.startsWith('error')).length, 1)
  t.notMatch(said.join('\n'), /nobodyknows/)
})

t.test('with no bot left it says so, with the reasons', async t => {
  const sandbox = await startTestSandbox(t)
  const { fleet, said } = startTestFleet(t, sandbox, [{ id: '42', token: '42:x' }, { id: '43', token: '43:y' }])
  t.match(await fleet.allGone, [{ botId: '42', state: 'gone', reason: /ACCESS_TOKEN/ }, { botId: '43', state: 'gone' }])
  t.equal(said.filter(line => line.startsWith('error')).length, 2)
})

t.test('a wrong API id concerns all bots and is said once', async t => {
  const sandbox = await startTestSandbox(t)
  const { fleet, said } = startTestFleet(t, sandbox, [sandbox.createBot(), sandbox.createBot()], { apiHash: 'f'.repeat(32) })
  t.match(await fleet.allGone, [{ reason: /my\.telegram\.org/ }, { reason: /API_ID_INVALID/ }])
  t.equal(said.filter(line => line.startsWith('error')).length, 1)
  t.notMatch(said.join('\n'), /ffffffff/)
})

t.test('a flood at the log-in rests that bot only, for as long as Telegram asks, and is not asked again before', async t => {
  const sandbox = await startTestSandbox(t)
  const [flooded, other] = [sandbox.createBot(), sandbox.createBot()]
  sandbox.faults.add({
    match: ({ event, request }) => event === 'call' && request?.className === 'auth.ImportBotAuthorization' && request.botAuthToken === flooded.token,
    action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_2' },
    times: 1
  })
  const begun = Date.now()
  const { report, until } = startTestFleet(t, sandbox, [flooded, other])
  const resting = await until('the rest', () => report(flooded.id).state === 'resting' && report(flooded.id))
  t.match(resting.reason, /wait 2 s/)
  await until('the other bot online', () => report(other.id).state === 'online')
  await until('the end of the rest', () => report(flooded.id).state === 'online')
  t.ok(Date.now() - begun >= 2_000, 'not before its time')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 3)
  t.equal(sandbox.stats().handshakes, 2, 'the key made before the rest is used after it')
})

t.test('a server that does not answer the log-in delays nobody, and is asked again', async t => {
  const sandbox = await startTestSandbox(t)
  const [slow, fast] = [sandbox.createBot(), sandbox.createBot()]
  sandbox.faults.add({
    match: ({ event, request }) => event === 'call' && request?.className === 'auth.ImportBotAuthorization' && request.botAuthToken === slow.token,
    action: { kind: 'silence' },
    times: 1
  })
  const { report, until, fleet } = startTestFleet(t, sandbox, [slow, fast], { timing: { callMs: 1_000 } })
  await until('the fast bot online', () => report(fast.id).state === 'online')
  t.equal(report(slow.id).state, 'connecting')
  await fleet.settled(15_000)
  t.equal(report(slow.id).state, 'online')
})

t.test('a log-in whose answer is lost is not made twice', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  sandbox.faults.add({ match: { event: 'answer', method: 'auth.ImportBotAuthorization' }, action: { kind: 'silence' }, times: 1 })
  const first = startTestFleet(t, sandbox, [bot], { timing: { callMs: 1_000 } })
  await first.fleet.settled(15_000)
  t.equal(first.report(bot.id).state, 'online')
  await first.fleet.stop()
  const second = startTestFleet(t, sandbox, [bot], { sessions: first.sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 1)
})

t.test('errors other than "not logged in" never make a bot show its token again', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const first = startTestFleet(t, sandbox, [bot])
  await first.fleet.settled(15_000)
  await first.fleet.stop()
  for (const [code, message] of [[500, 'RPC_CALL_FAIL'], [-503, 'Timeout'], [420, 'FLOOD_WAIT_1']] as const) {
    sandbox.faults.add({ match: { event: 'call', method: 'updates.GetState' }, action: { kind: 'error', code, message }, times: 1 })
  }
  sandbox.faults.add({ match: { event: 'call', method: 'help.GetConfig' }, action: { kind: 'drop' }, times: 1 })
  const second = startTestFleet(t, sandbox, [bot], { sessions: first.sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 1)
})

t.test('a login that was ended while the bot was away is made anew, once', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const first = startTestFleet(t, sandbox, [bot])
  await first.fleet.settled(15_000)
  await first.fleet.stop()
  for (const key of sandbox.network.keysOf(bot.id)) sandbox.network.logOut(key)
  const second = startTestFleet(t, sandbox, [bot], { sessions: first.sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 2)
})

t.test('a key that Telegram has forgotten is replaced, though it never says so', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const first = startTestFleet(t, sandbox, [bot])
  await first.fleet.settled(15_000)
  await first.fleet.stop()
  for (const key of sandbox.network.keysOf(bot.id)) sandbox.network.forgetKey(key.id)
  const second = startTestFleet(t, sandbox, [bot], { sessions: first.sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 2)
})

t.test('one -404 alone does not cost the login', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const first = startTestFleet(t, sandbox, [bot])
  await first.fleet.settled(15_000)
  await first.fleet.stop()
  sandbox.faults.add({ match: { event: 'call', method: 'help.GetConfig' }, action: { kind: 'transport-error', code: -404 }, times: 1 })
  const second = startTestFleet(t, sandbox, [bot], { sessions: first.sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 1)
})

t.test('a bot whose introduction fails is introduced again, and receives nothing before', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  let refusals = 2
  const { messages, until, report, fleet } = startTestFleet(t, sandbox, [bot], {
    onOnline: async () => {
      sandbox.createUser().startChat(bot)
      if (refusals-- > 0) throw new Error('no database')
    }
  })
  await until('the refusal', () => /no database/.test(report(bot.id).reason ?? ''))
  t.same(messages(bot.id), [])
  t.same(fleet.sources('x' as never, [{ botId: bot.id as BotId, fileId: 'x' }]), [])
  await until('a message', () => messages(bot.id).length > 0)
  t.equal(report(bot.id).state, 'online')
})

t.test('a session store that cannot be read is waited for, and the bot does not log in meanwhile', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  let failures = 2
  const { until, said, report } = startTestFleet(t, sandbox, [bot], {
    borrow: async id => {
      if (failures-- > 0) throw new Error('no database')
      return memoryLoan(new Map(), id)
    }
  })
  await until('a warning', () => said.some(line => line.includes('no database') || line.includes('could not be read')))
  await until('the bot online', () => report(bot.id).state === 'online')
  t.equal(calls(sandbox, 'auth.ImportBotAuthorization'), 1)
})

t.test('stopping closes every connection, also in the middle of a log-in, and twice', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  const silent = sandbox.createBot()
  const asked = new Promise<void>(resolve => {
    sandbox.faults.add({
      match: ({ event, method }) => {
        if (event === 'call' && method === 'auth.ImportBotAuthorization') resolve()
        return event === 'call' && method === 'auth.ImportBotAuthorization'
      },
      action: { kind: 'silence' }
    })
  })
  const second = startTestFleet(t, sandbox, [silent])
  await asked
  await Promise.all([first.fleet.stop(), second.fleet.stop(), second.fleet.stop()])
  await new Promise(resolve => setImmediate(resolve))
  t.equal(process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length, 0, 'no timer is left')
  await t.rejects(first.fleet.send(bot.id as BotId, { chatId: '1' as never, replyTo: 1, text: ['x'] }))
})

t.test('GramJS prints nothing, whatever goes wrong', async t => {
  const printed = (['log', 'info', 'warn', 'error', 'debug'] as const).map(method => t.capture(console, method))
  const sandbox = await startTestSandbox(t)
  const { bot, media, first } = await fleetWithFile(t, sandbox, {}, { timing: { fileMs: 500 } })
  for (const action of [{ kind: 'corrupt', part: 'payload' }, { kind: 'cut' }, { kind: 'transport-error', code: -404 }, { kind: 'gzip' }] as const) {
    sandbox.faults.add({ match: { event: 'answer', method: 'upload.GetFile' }, action, times: 1 })
    await readStart(first, bot.id, media).catch(() => {})
  }
  sandbox.faults.add({ match: { event: 'call', method: 'upload.GetFile' }, action: { kind: 'error', code: 401, message: 'SESSION_REVOKED' }, times: 1 })
  await readStart(first, bot.id, media).catch(() => {})
  sandbox.disconnect({ accountId: bot.id })
  await first.fleet.stop()
  t.same(printed.flatMap(capture => capture().map(call => call.args)), [])
})
