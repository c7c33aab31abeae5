import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import type { SourceUnreachable } from '../../src/errors.js'
import { findFreePort } from '../../src/free-port.js'
import type { BotId } from '../../src/media.js'
import type { Sandbox } from '../../src/sandbox/sandbox.js'
import { createFileConnections } from '../../src/telegram/connections.js'
import { createDirectory, type Directory } from '../../src/telegram/directory.js'
import { openKeyring } from '../../src/telegram/keyring.js'
import { openLink } from '../../src/telegram/link.js'
import { trustServerKey } from '../../src/telegram/server-keys.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { until } from '../e2e/fixtures/until.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestNetwork } from '../sandbox/network/fixtures/network.js'
import { memoryLoan, quietLog } from './fixtures/fleet.js'
import { calls, fleetWithFile, getFile, readStart, restOver, sourceOf } from './fixtures/story.js'

const never = new AbortController().signal

t.test('a file at home is read without a new key or another login, and beside the main connection', async t => {
  const sandbox = await startTestSandbox(t)
  sandbox.network.strictSingleConnection = true
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, { dcId: 2 })
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  await first.fleet.send(bot.id as BotId, { chatId: first.messages(bot.id)[0]!.chat.id, replyTo: 1, text: ['still logged in'] })
  t.equal(sandbox.stats().handshakes, 1)
})

t.test('file-only addresses are preferred, and given up where they do not take the key', async t => {
  const sandbox = await startTestSandbox(t, { mediaOnly: true })
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  const seen: boolean[] = []
  const refuse = sandbox.faults.add({
    match: facts => {
      const isFile = facts.event === 'call' && facts.method === 'upload.GetFile'
      if (isFile) seen.push(facts.media)
      return isFile && facts.media
    },
    action: { kind: 'transport-error', code: -404 }
  })
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED' })
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.same(seen, [true, false])
  t.equal(refuse.hits, 1)
  t.equal(sandbox.stats().handshakes, 2, 'the key was kept')
})

t.test('file-only addresses that take connections and give no answer are left for the others', async t => {
  for (const kind of ['silence', 'drop'] as const) {
    const sandbox = await startTestSandbox(t, { mediaOnly: true })
    const { bot, file, media, first } = await fleetWithFile(t, sandbox)
    const dead = sandbox.faults.add({ match: { event: 'connect', media: true }, action: { kind } })
    await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED' })
    for (let i = 0; i < 2; i++) {
      t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)), kind)
      sandbox.disconnect({ dcId: 4 })
      await first.until('the end of the connection', () => first.said.filter(line => line.includes('file connection closed')).length === i + 2)
    }
    t.equal(dead.hits, 1)
  }
})

t.test('a connection that is closed here before it has answered says nothing of its address', async t => {
  const sandbox = await startTestSandbox(t, { mediaOnly: true })
  const { bot, media, first } = await fleetWithFile(t, sandbox)
  const waiting = sandbox.faults.add({ match: getFile, action: { kind: 'silence' }, times: 1 })
  const closed = t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED', message: /closed/ })
  await until('the request', () => waiting.hits === 1)
  const loggedOut = sandbox.faults.add({ match: getFile, action: { kind: 'error', code: 401, message: 'AUTH_KEY_UNREGISTERED' }, times: 1 })
  t.ok(await isReadAtFileOnly(sandbox, async () => await readStart(first, bot.id, media)))
  await closed
  t.equal(loggedOut.hits, 1)
})

t.test('an address that answers with an error is not silent', async t => {
  const sandbox = await startTestSandbox(t, { mediaOnly: true })
  const { bot, media, first } = await fleetWithFile(t, sandbox)
  const read = async () => await readStart(first, bot.id, media)
  sandbox.faults.add({ match: getFile, action: { kind: 'error', code: 500, message: 'RPC_CALL_FAIL' }, times: 1 })
  await t.rejects(read(), { code: 'SOURCE_FAILED', message: /RPC_CALL_FAIL/ })
  sandbox.faults.add({ match: getFile, action: { kind: 'drop' }, times: 1 })
  await t.rejects(read(), { code: 'SOURCE_FAILED' })
  t.ok(await isReadAtFileOnly(sandbox, read))
})

t.test('file-only addresses that did not take a key are used again with the next one', async t => {
  const sandbox = await startTestSandbox(t, { mediaOnly: true })
  const { bot, media, first } = await fleetWithFile(t, sandbox)
  const read = async () => await readStart(first, bot.id, media)
  t.ok(await isReadAtFileOnly(sandbox, read))
  for (const key of sandbox.network.keysOf(bot.id).filter(key => key.dcId === 4)) sandbox.network.forgetKey(key.id)
  await t.rejects(read(), { code: 'SOURCE_FAILED' }, 'at the file-only address')
  await t.rejects(read(), { code: 'SOURCE_FAILED' }, 'at the other one')
  t.ok(await isReadAtFileOnly(sandbox, read))
})

t.test('file-only addresses that cannot be reached are left for the others', async t => {
  const network = await startTestNetwork(t)
  trustServerKey(network.publicKeyPem)
  const { id: dcId, host, port } = network.dcs.find(({ id }) => id === 4)!
  const closedPort = await findFreePort()
  const directory: Directory = { ...createDirectory({ dcId, host, port }), mediaOnly: () => [{ dcId, host, port: closedPort }] }
  const keyring = openKeyring({ botId: '1' as BotId, token: 'token', loan: memoryLoan(new Map(), '1' as BotId), timing: defaultTiming, log: quietLog })
  const maker = await openLink({ endpoint: { dcId, host, port }, key: null, timing: defaultTiming }, never)
  maker.close()
  keyring.set(dcId, maker.key, true)
  const connections = createFileConnections({
    api: { apiId: 1, apiHash: '' }, keyring, directory, timing: defaultTiming, connectionsPerDc: 1, log: quietLog, callMain: async () => await Promise.reject(new Error('no login'))
  }, never)
  t.teardown(connections.close)
  const request = new Api.upload.GetFile({ location: new Api.InputFileLocation({ volumeId: bigInt(1), localId: 1, secret: bigInt(1), fileReference: Buffer.alloc(0) }), offset: bigInt(0), limit: 4096 })
  const read = async () => await connections.call(dcId, request, () => {}, never)
  t.ok(await read())

  let tries = 0
  const late = createServer(socket => { tries++; socket.destroy() })
  await new Promise<void>(resolve => { late.listen(closedPort, host, resolve) })
  t.teardown(() => late.close())
  const closed = until('the end of the connection', () => network.stats().connections.open === 0)
  network.disconnect({ dcId })
  await closed
  await read().catch(read)
  t.equal(tries, 0)
})

t.test('a connection on which nothing arrives any more is replaced', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, {}, { timing: { fileMs: 60_000 } })
  await readStart(first, bot.id, media)
  const frozen = sandbox.freeze({ dcId: 4 })
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED', message: /silent/ })
  frozen.remove()
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
})

t.test('while a data centre cannot be reached, it is said when the next attempt is due, and no more is attempted', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, {}, { timing: { backoffMs: 1_000 } })
  const closed = sandbox.faults.add({ match: { event: 'connect', dcId: 4 }, action: { kind: 'drop' } })
  const refusal = await readStart(first, bot.id, media).catch((error: unknown) => error)
  t.match(refusal, { code: 'SOURCE_UNREACHABLE', cause: { code: 'CONNECTION_LOST' } })
  const attempts = closed.hits
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_UNREACHABLE' })
  t.equal(closed.hits, attempts)
  closed.remove()
  await sleep(1000 * (refusal as SourceUnreachable).retryAfterSeconds + 5)
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
})

t.test('a dropped, cut or corrupted answer fails, and the next request has a new connection', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, {}, { timing: { fileMs: 2_500 } })
  const answer = { event: 'answer', method: 'upload.GetFile' } as const
  for (const action of [{ kind: 'drop' }, { kind: 'cut' }, { kind: 'corrupt', part: 'crc' }, { kind: 'corrupt', part: 'payload' }, { kind: 'transport-error', code: -429, raw: true }] as const) {
    sandbox.faults.add({ match: answer, action, times: 1 })
    await t.rejects(readStart(first, bot.id, media), { code: /SOURCE_(FAILED|RESTING)/ }, JSON.stringify(action))
    if (action.kind === 'transport-error') await restOver(first, bot.id)
    t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)), `after ${JSON.stringify(action)}`)
  }
})

t.test('a login that another data centre has forgotten is brought there again, in the same request', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  for (const key of sandbox.network.keysOf(bot.id).filter(key => key.dcId === 4)) sandbox.network.logOut(key)
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.equal(calls(sandbox, 'auth.ImportAuthorization'), 2)
})

t.test('a key that another data centre has forgotten is made anew', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  for (const key of sandbox.network.keysOf(bot.id).filter(key => key.dcId === 4)) sandbox.network.forgetKey(key.id)
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED' })
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
})

t.test('a key that is dead for good at another data centre is made anew in the same request, and the login at home does not notice', async t => {
  for (const message of ['AUTH_KEY_DUPLICATED', 'SESSION_REVOKED', 'AUTH_KEY_INVALID']) {
    const sandbox = await startTestSandbox(t)
    const { bot, file, media, first } = await fleetWithFile(t, sandbox)
    await readStart(first, bot.id, media)
    const [before, logins] = [sandbox.stats().handshakes, calls(sandbox, 'updates.GetState')]
    const dead = new Set(sandbox.network.keysOf(bot.id).filter(key => key.dcId === 4).map(key => key.id))
    sandbox.faults.add({ match: facts => facts.event === 'call' && facts.method === 'upload.GetFile' && facts.keyId !== null && dead.has(facts.keyId), action: { kind: 'error', code: 401, message } })
    const reads = await Promise.all([1, 2, 3].map(async () => await readStart(first, bot.id, media).catch(() => null)))
    t.ok(reads.some(bytes => bytes !== null && Buffer.from(file.content.read(0, 4096)).equals(bytes)), message)
    t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
    t.equal(sandbox.stats().handshakes - before, 1, 'one new key')
    t.equal(calls(sandbox, 'updates.GetState'), logins)
  }
})

t.test('a key that is dead for good at home costs one log-in, though connections for files still use it', async t => {
  for (const [code, message] of [[406, 'AUTH_KEY_DUPLICATED'], [401, 'AUTH_KEY_UNREGISTERED']] as const) {
    const sandbox = await startTestSandbox(t)
    const { bot, file, media, first } = await fleetWithFile(t, sandbox, { dcId: 2 })
    await readStart(first, bot.id, media)
    const dead = new Set(sandbox.network.keysOf(bot.id).map(key => key.id))
    const died = (method: string, code: number, message: string) => sandbox.faults.add({ match: facts => facts.event === 'call' && facts.method === method && facts.keyId !== null && dead.has(facts.keyId), action: { kind: 'error', code, message } })
    died('updates.GetState', 406, 'AUTH_KEY_DUPLICATED')
    died('upload.GetFile', code, message)
    await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED', message: new RegExp(message) })
    const logIns = () => first.said.filter(line => line.includes('bot is online')).length
    await first.until('the new login', () => logIns() === 2 && first.report(bot.id).state === 'online')
    for (let i = 0; i < 3; i++) t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
    t.equal(logIns(), 2, message)
    t.equal(first.report(bot.id).state, 'online')
  }
})

t.test('a key that was forgotten at home is noticed as soon as a file is read, not when the login is used next', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, { dcId: 2 }, { timing: { idlePingMs: 600_000 } })
  await readStart(first, bot.id, media)
  for (const key of sandbox.network.keysOf(bot.id)) sandbox.network.forgetKey(key.id)
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED' })
  await first.until('the new login', () => first.said.filter(line => line.includes('bot is online')).length === 2 && first.report(bot.id).state === 'online')
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
})

t.test('what was asked in a session that Telegram forgot is asked again in the new one', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  const lost = sandbox.faults.add({ match: getFile, action: { kind: 'silence' }, times: 2 })
  const source = sourceOf(first, bot.id, media)
  const reading = Promise.all([0, 4096].map(async offset => await source.fetch(offset, 4096, () => {}, never)))
  await until('the requests', () => lost.hits === 2)
  sandbox.network.forgetSessions(bot.id)
  t.same(Buffer.concat(await reading), Buffer.from(file.content.read(0, 8192)))
  t.equal(first.said.filter(line => line.includes('file connection closed')).length, 0, 'over the same connection')
})

t.test('an idle connection is closed, and opened again when needed', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, {}, { timing: { idleCloseMs: 200 } })
  await readStart(first, bot.id, media)
  await first.until('the end of the connection', () => first.said.find(line => line.includes('file connection closed')))
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.equal(sandbox.stats().handshakes, 2)
})

/** Whether a file-only address answered what `read` asks for. */
async function isReadAtFileOnly (sandbox: Sandbox, read: () => Promise<unknown>): Promise<boolean | undefined> {
  let isFileOnly: boolean | undefined
  const watched = sandbox.faults.add({
    match: facts => {
      if (facts.event === 'answer' && facts.method === 'upload.GetFile') isFileOnly = facts.media
      return false
    },
    action: { kind: 'silence' }
  })
  await read()
  watched.remove()
  return isFileOnly
}
