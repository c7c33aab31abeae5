import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import type { BotId } from '../../src/media.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { openKeyring } from '../../src/telegram/keyring.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { memoryLoan, quietLog, serverOf, startTestFleet, type TestFleet } from './fixtures/fleet.js'
import { fleetWithFile, readStart } from './fixtures/story.js'

type Sandbox = Awaited<ReturnType<typeof startTestSandbox>>
const logIns = (sandbox: Sandbox) => sandbox.stats().methods['auth.ImportBotAuthorization']?.calls

async function onlineBot (t: Parameters<typeof startTestFleet>[0], sandbox: Sandbox) {
  const bot = sandbox.createBot()
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  return { bot, fleet }
}

/** A bot whose home is not the first server. It has stopped, and what it has stored of its home's address is wrong. */
async function botWithMovedHome (t: Parameters<typeof startTestFleet>[0], sandbox: Sandbox) {
  const bot = sandbox.createBot({ homeDc: 4 })
  const { fleet, sessions } = startTestFleet(t, sandbox, [bot])
  await fleet.settled(15_000)
  await fleet.stop()
  const before = sessions.stored.get(bot.id as BotId)
  const keyring = openKeyring({ botId: bot.id as BotId, token: bot.token, loan: memoryLoan(sessions.stored, bot.id as BotId), timing: defaultTiming, log: quietLog })
  keyring.setAddresses(keyring.addresses().map(address => ({ ...address, port: 1 })))
  await keyring.saved()
  return { bot, sessions, keyring, before }
}

/** Waits until the bot was offline and is online again. */
async function backAgain ({ until, said, report }: TestFleet, botId: string, times = 1): Promise<void> {
  await until('the return', () => said.filter(line => line.includes('bot is online')).length > times && report(botId).state === 'online')
}

t.test('a connection that Telegram closes is made anew within seconds, without a log-in, and messages arrive again', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet } = await onlineBot(t, sandbox)
  sandbox.disconnect({ accountId: bot.id })
  await backAgain(fleet, bot.id)
  sandbox.createUser().startChat(bot)
  await fleet.until('a message', () => fleet.messages(bot.id).length === 1)
  t.equal(logIns(sandbox), 1)
})

t.test('a connection that falls silent is noticed, though nobody closes it', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet } = await onlineBot(t, sandbox)
  const frozen = sandbox.freeze({ accountId: bot.id })
  await fleet.until('the loss', () => fleet.said.find(line => line.includes('fell silent')))
  frozen.remove()
  await backAgain(fleet, bot.id)
  t.equal(logIns(sandbox), 1)
})

t.test('a bot stays in the rotation while its main connection is made anew', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  const refused = sandbox.faults.add({ match: { event: 'call', dcId: 2 }, action: { kind: 'drop' } })
  sandbox.disconnect({ dcId: 2 })
  await first.until('the loss', () => first.report(bot.id).state === 'connecting')
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  refused.remove()
  await backAgain(first, bot.id)
})

t.test('a key that Telegram forgets on a running connection leads to a new login, not to an endless loop', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet } = await onlineBot(t, sandbox)
  for (const key of sandbox.network.keysOf(bot.id)) sandbox.network.forgetKey(key.id)
  await backAgain(fleet, bot.id)
  t.equal(logIns(sandbox), 2)
  t.equal(sandbox.stats().handshakes, 2)
})

t.test('a login that Telegram ended because it was used twice is made anew', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet } = await onlineBot(t, sandbox)
  sandbox.faults.add({ match: { event: 'call', method: 'messages.SendMessage' }, action: { kind: 'error', code: 406, message: 'AUTH_KEY_DUPLICATED' }, times: 1 })
  sandbox.faults.add({ match: { event: 'call', method: 'updates.GetState' }, action: { kind: 'error', code: 406, message: 'AUTH_KEY_DUPLICATED' }, times: 1 })
  const user = sandbox.createUser()
  user.startChat(bot)
  const [message] = await fleet.until('a message', () => fleet.messages(bot.id).length === 1 && fleet.messages(bot.id))
  await fleet.fleet.send(bot.id as BotId, { chatId: message!.chat.id, replyTo: message!.messageId, text: ['hello'] })
  t.equal(bot.sent.length, 1)
  t.equal(logIns(sandbox), 2)
})

t.test('a revoked token is noticed at the next call: the bot is gone, its files rest, its session is removed', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  const [source] = first.fleet.sources(media.id, [{ botId: bot.id as BotId, fileId: media.fileId }])
  bot.revokeToken()
  await t.rejects(readStart(first, bot.id, media))
  const [report] = await first.fleet.allGone
  t.match(report, { state: 'gone', reason: /BotFather/ })
  t.same(first.fleet.sources(media.id, [{ botId: bot.id as BotId, fileId: media.fileId }]), [])
  await t.rejects(source!.fetch(0, 4096, () => {}, new AbortController().signal), { code: 'BOT_REFUSED' })
  await t.rejects(first.fleet.send(bot.id as BotId, { chatId: '1' as never, replyTo: 1, text: ['x'] }), { code: 'BOT_REFUSED' })
  await first.fleet.stop()
  t.equal(first.sessions.stored.size, 0)
})

t.test('a deactivated bot is gone, and another one goes on', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet } = await onlineBot(t, sandbox)
  const other = sandbox.createBot()
  const second = startTestFleet(t, sandbox, [other])
  await second.fleet.settled(15_000)
  bot.deactivate()
  sandbox.disconnect({ accountId: bot.id })
  t.match(await fleet.fleet.allGone, [{ state: 'gone', reason: /deactivated/ }])
  t.equal(second.report(other.id).state, 'online')
})

t.test('new salts are taken over without anybody noticing', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  sandbox.network.rotateSalts()
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.equal(first.report(bot.id).state, 'online')
})

t.test('a home whose address has changed is found again through the first server', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, sessions, before } = await botWithMovedHome(t, sandbox)
  t.not(sessions.stored.get(bot.id as BotId), before)
  const second = startTestFleet(t, sandbox, [bot], { sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(logIns(sandbox), 2, 'the first log-in was sent on to its home')
})

t.test('the first server finds a home again also where it has forgotten the key of its own that is stored', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, sessions, keyring } = await botWithMovedHome(t, sandbox)
  const key = keyring.key(serverOf(sandbox).dcId)
  if (key === null) return t.fail('a key of the first server')
  sandbox.network.forgetKey(createHash('sha1').update(key).digest('hex').slice(24))
  const second = startTestFleet(t, sandbox, [bot], { sessions })
  await second.fleet.settled(15_000)
  t.equal(second.report(bot.id).state, 'online')
  t.equal(logIns(sandbox), 2, 'the first log-in was sent on to its home')
})

t.test('an address that takes connections and says nothing is tried after the others', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet: { fleet, sessions } } = await onlineBot(t, sandbox)
  await fleet.stop()
  const mute = createServer().listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => mute.close())
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  const second = startTestFleet(t, sandbox, [bot], { sessions, server: { ...serverOf(sandbox), port } })
  await second.until('the log-in at the other address', () => second.report(bot.id).state === 'online')
})

t.test('what hinders a bot is told at once, not at every attempt, and again while it lasts', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  sandbox.faults.add({ match: { event: 'call', method: 'auth.ImportBotAuthorization' }, action: { kind: 'error', code: 500, message: 'WORKER_BUSY_TOO_LONG' } })
  const { said, until } = startTestFleet(t, sandbox, [bot], { timing: { ...defaultTiming, backoffMs: 50, backoffMaxMs: 100, troubleMs: 3_000 } })
  const told = (level: string) => said.filter(line => line.startsWith(`${level} bot could not log in`)).length
  await until('the first word', () => told('warn') === 1)
  await until('an attempt without a word', () => told('debug') > 0)
  t.equal(told('warn'), 1)
  await until('another word', () => told('warn') === 2)
})
