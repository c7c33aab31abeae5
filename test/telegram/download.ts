import bigInt from 'big-integer'
import t from 'tap'
import { fileTypes } from '../../src/telegram/file-id.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'
import { pyrogramFileId } from './fixtures/pyrogram.js'
import { calls, fleetWithFile, getFile, readStart, restOver, sourceOf } from './fixtures/story.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'

const mebibyte = 1024 * 1024
const never = new AbortController().signal
type Sandbox = Awaited<ReturnType<typeof startTestSandbox>>

t.test('every part of a file in another data centre is right, over one connection, after one transfer of the login', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  const source = sourceOf(first, bot.id, media)
  const before = sandbox.stats().connections.open
  const parts = await Promise.all([0, 1, 2].map(async i => await source.fetch(i * mebibyte, mebibyte, () => {}, never)))
  t.ok(Buffer.concat(parts).equals(file.content.read(0, 3_000_000)))
  t.equal(calls(sandbox, 'auth.ExportAuthorization'), 1)
  // An attempt that a busy machine took for silent is closed again.
  t.equal(sandbox.stats().connections.open - before, 1)
})

t.test('a large file is read right past 2 GiB, and up to its last byte', async t => {
  const sandbox = await startTestSandbox(t)
  const size = 4_194_304_000
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, { content: syntheticContent('large', size) })
  t.equal(media.size, size)
  const source = sourceOf(first, bot.id, media)
  for (const offset of [0, 2 ** 31 - 65_536, 2 ** 31, 2 ** 32 - 2 ** 27, size - 131_072]) {
    const aligned = offset - offset % 65_536
    t.same(Buffer.from(await source.fetch(aligned, 65_536, () => {}, never)), Buffer.from(file.content.read(aligned, 65_536)), `${aligned}`)
  }
})

t.test('a file that has moved is followed, and its new place remembered', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  file.moveTo(1)
  for (let i = 0; i < 2; i++) t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.equal(sandbox.stats().methods['upload.GetFile']?.errors, 1, 'the old place was asked once')
})

t.test('rows written by Pyrogram are read, also when they hold no reference', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  const { id, accessHash, fileReference, dcId } = sandbox.locationFor(bot, file)
  const location = { kind: 'document', dcId, id: String(id), accessHash: String(accessHash), reference: fileReference, thumb: '' } as const
  const rows = [location, { ...location, reference: Buffer.alloc(0) }].map(row => pyrogramFileId(fileTypes.video, row))
  for (const fileId of rows) t.same(await readStart(first, bot.id, { id: media.id, fileId }), Buffer.from(file.content.read(0, 4096)))
})

t.test('another bot\'s file_id, and one that is no file_id, are gone for good', async t => {
  const sandbox = await startTestSandbox(t)
  const { media, first, bot } = await fleetWithFile(t, sandbox)
  const other = sandbox.createBot()
  const second = startTestFleet(t, sandbox, [other])
  await second.fleet.settled(15_000)
  await t.rejects(readStart(second, other.id, media), { code: 'SOURCE_GONE' })
  await t.rejects(readStart(first, bot.id, { id: media.id, fileId: 'garbage' }), { code: 'SOURCE_GONE' })
})

t.test('a flood rests the bot at that data centre as long as Telegram asks and no longer, and nobody asks meanwhile', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  const home = sandbox.file({ kind: 'document', content: syntheticContent('home', 5_000), dcId: 2 })
  const atHome = await seen(sandbox, first, bot, home)
  for (const message of ['FLOOD_WAIT_1', 'FLOOD_PREMIUM_WAIT_1']) {
    sandbox.faults.add({ match: { ...getFile, dcId: 4 }, action: { kind: 'error', code: 420, message }, times: 1 })
    const begun = Date.now()
    await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_RESTING', retryAfterSeconds: 1 })
    const asked = calls(sandbox, 'upload.GetFile')
    await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_RESTING', retryAfterSeconds: 1 })
    t.equal(calls(sandbox, 'upload.GetFile'), asked)
    t.match(first.report(bot.id), { state: 'resting', reason: /DC 4/ })
    t.ok(first.fleet.canServe(), 'files of other data centres')
    t.same(await readStart(first, bot.id, atHome), Buffer.from(home.content.read(0, 4096)), 'another data centre answers')
    await restOver(first, bot.id)
    t.ok(Date.now() - begun >= 1_000)
    t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  }
})

t.test('an answer that never comes fails that request only', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox, {}, { timing: { fileMs: 2_500 } })
  await readStart(first, bot.id, media)
  sandbox.faults.add({ match: ({ event, method, request }) => event === 'call' && method === 'upload.GetFile' && offsetOf(request) === 4096, action: { kind: 'silence' } })
  const source = sourceOf(first, bot.id, media)
  const connections = sandbox.stats().connections.total
  const [lost, ...others] = await Promise.allSettled([4096, 0, 8192, 12_288].map(async offset => await source.fetch(offset, 4096, () => {}, never)))
  t.match(lost, { status: 'rejected', reason: { code: 'SOURCE_FAILED' } })
  t.ok(others.every(({ status }) => status === 'fulfilled'))
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
  t.equal(sandbox.stats().connections.total, connections, 'a living connection is kept')
})

t.test('an error that shares a container with an answer harms only its own request', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  sandbox.faults.add({ match: getFile, action: { kind: 'error-first-container', code: 500, message: 'RPC_CALL_FAIL' }, times: 1 })
  const source = sourceOf(first, bot.id, media)
  const [failed, right] = await Promise.allSettled([source.fetch(0, 4096, () => {}, never), source.fetch(4096, 4096, () => {}, never)])
  t.match(failed, { status: 'rejected', reason: { code: 'SOURCE_FAILED' } })
  t.ok(right.status === 'fulfilled' && Buffer.from(right.value).equals(file.content.read(4096, 4096)))
})

t.test('errors of the server, and requests past the end, are failures that may be tried again', async t => {
  const sandbox = await startTestSandbox(t, { settings: { pastTheEnd: 'OFFSET_INVALID' } })
  const { bot, media, first } = await fleetWithFile(t, sandbox)
  for (const [code, message] of [[500, 'RPC_CALL_FAIL'], [-503, 'Timeout'], [500, 'WORKER_BUSY_TOO_LONG_RETRY'], [406, 'FILEREF_UPGRADE_NEEDED']] as const) {
    sandbox.faults.add({ match: getFile, action: { kind: 'error', code, message }, times: 1 })
    await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_FAILED', message: new RegExp(message) })
  }
  await t.rejects(sourceOf(first, bot.id, media).fetch(4_194_304, 4096, () => {}, never), { code: 'SOURCE_FAILED', message: /OFFSET_INVALID/ })
})

t.test('whoever gives up stops waiting at once, and the others do not notice', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  const gone = new AbortController()
  const reason = new Error('the viewer left')
  const held = sandbox.shape({ match: { dcId: 4 }, latencyMs: 300 })
  const abandoned = readStart(first, bot.id, media, gone.signal)
  const kept = readStart(first, bot.id, media)
  gone.abort(reason)
  await t.rejects(abandoned, reason)
  t.same(await kept, Buffer.from(file.content.read(0, 4096)))
  await t.rejects(readStart(first, bot.id, media, gone.signal), reason)
  held.remove()
})

function offsetOf (request: unknown): number | null {
  return typeof request === 'object' && request !== null && 'offset' in request && bigInt.isInstance(request.offset) ? request.offset.toJSNumber() : null
}

async function seen (sandbox: Sandbox, fleet: ReturnType<typeof startTestFleet>, bot: ReturnType<Sandbox['createBot']>, file: ReturnType<Sandbox['file']>) {
  const user = sandbox.createUser()
  user.startChat(bot)
  const before = fleet.messages(bot.id).length
  user.sendTo(bot, { media: file })
  const { media } = await fleet.until('the file', () => fleet.messages(bot.id).slice(before).find(message => message.media !== null))
  if (media === null) throw new Error('no media')
  return media
}
