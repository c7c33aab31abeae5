import t from 'tap'
import { parseLocation } from '../../src/telegram/file-id.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'
import { calls, fleetWithFile, getFile, readStart, sourceOf } from './fixtures/story.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'

const never = new AbortController().signal

t.test('an expired reference is renewed once for all who wait, stored, and good for later viewers', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  sandbox.expireReferences()
  const sources = Array.from({ length: 5 }, () => sourceOf(first, bot.id, media))
  const parts = await Promise.all(sources.flatMap(source => [0, 4096, 8192].map(async offset => await source.fetch(offset, 4096, () => {}, never))))
  t.ok(parts.every((part, i) => Buffer.from(part).equals(file.content.read(i % 3 * 4096, 4096))))
  t.equal(calls(sandbox, 'messages.GetMessages'), 1)
  t.match(first.saved, [{ botId: bot.id, mediaId: media.id }])
  const errors = sandbox.stats().methods['upload.GetFile']?.errors
  await readStart(first, bot.id, media)
  t.equal(sandbox.stats().methods['upload.GetFile']?.errors, errors, 'the old reference was not used again')
  const saved = first.saved[0]?.fileId ?? ''
  t.equal(parseLocation(saved).id, parseLocation(media.fileId).id)
})

t.test('a reference that expires again as soon as it was renewed is a failure that may be tried again', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, media, first } = await fleetWithFile(t, sandbox)
  sandbox.faults.add({ match: getFile, action: { kind: 'error', code: 400, message: 'FILE_REFERENCE_EXPIRED' }, times: 1 })
  sandbox.faults.add({ match: { event: 'answer', method: 'messages.GetMessages' }, action: { kind: 'delay', ms: 100 }, times: 1 })
  const reading = readStart(first, bot.id, media)
  await first.until('the renewal', () => calls(sandbox, 'messages.GetMessages') === 1)
  sandbox.expireReferences()
  await t.rejects(reading, { code: 'SOURCE_FAILED', message: /FILE_REFERENCE/ })
  t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)))
})

t.test('a reference is renewed from a channel, too', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const channel = sandbox.createChannel({ title: 'films' })
  channel.add(bot)
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  const file = sandbox.file({ kind: 'document', content: syntheticContent(5, 10_000), name: 'a.bin' })
  channel.post({ media: file })
  const { media } = await fleet.until('the post', () => fleet.messages(bot.id).find(message => message.media !== null))
  sandbox.expireReferences()
  t.same(await readStart(fleet, bot.id, media!), Buffer.from(file.content.read(0, 4096)))
  t.equal(calls(sandbox, 'channels.GetMessages'), 1)
})

t.test('while Telegram wants not to be asked for messages, expired references wait, and other files are read', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, user, media, first } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  sandbox.expireReferences()
  const file = sandbox.file({ kind: 'video', content: syntheticContent('newer', 10_000), dcId: 4 })
  user.sendTo(bot, { media: file })
  const newer = await first.until('the newer file', () => first.messages(bot.id).map(message => message.media).find(seen => seen !== null && seen.id !== media.id))
  sandbox.faults.add({ match: { event: 'call', method: 'messages.GetMessages' }, action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_30' } })
  for (let i = 0; i < 2; i++) await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_RESTING', retryAfterSeconds: 30, concerns: 'file' })
  t.equal(calls(sandbox, 'messages.GetMessages'), 1)
  t.same(await readStart(first, bot.id, newer), Buffer.from(file.content.read(0, 4096)))
})

t.test('a wait for messages of channels holds up no message of a private chat, and the other way round', async t => {
  for (const [flooded, asked] of [['channels.GetMessages', 'messages.GetMessages'], ['messages.GetMessages', 'channels.GetMessages']] as const) {
    const sandbox = await startTestSandbox(t)
    const { bot, user, file, media, first } = await fleetWithFile(t, sandbox)
    const channel = sandbox.createChannel({ title: 'films' })
    channel.add(bot)
    const other = sandbox.file({ kind: 'video', content: syntheticContent('in the channel alone', 10_000), dcId: 4 })
    for (const post of [file, other]) channel.post({ media: post })
    const last = sandbox.file({ kind: 'video', content: syntheticContent('in the chat alone', 10_000), dcId: 4 })
    user.sendTo(bot, { media: last })
    await first.until('the files', () => first.messages(bot.id).filter(message => message.media !== null).length === 4)
    const small = first.messages(bot.id).filter(message => message.media?.size === 10_000)
    const [inChannel, inChat] = [true, false].map(isChannel => small.find(({ chat }) => chat.id.startsWith('-100') === isChannel)!.media!)
    sandbox.expireReferences()
    const wait = sandbox.faults.add({ match: { event: 'call', method: flooded }, action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_30' } })
    t.same(await readStart(first, bot.id, media), Buffer.from(file.content.read(0, 4096)), 'by its other message')
    const [held, free] = flooded === 'channels.GetMessages' ? [inChannel, inChat] : [inChat, inChannel]
    for (let i = 0; i < 2; i++) await t.rejects(readStart(first, bot.id, held!), { code: 'SOURCE_RESTING', retryAfterSeconds: 30, concerns: 'file' })
    t.equal((await readStart(first, bot.id, free!)).length, 4096)
    t.equal(wait.hits, 1, 'nobody is asked while it lasts')
    t.equal(calls(sandbox, asked), 2)
  }
})

t.test('a file whose message is gone, or carries another file now, is gone once its reference has expired', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, message, media, first, user } = await fleetWithFile(t, sandbox)
  await readStart(first, bot.id, media)
  sandbox.expireReferences()
  message.edit({ media: sandbox.file({ kind: 'video', content: syntheticContent('other', 5_000) }) })
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_GONE' })
  message.delete()
  await t.rejects(readStart(first, bot.id, media), { code: 'SOURCE_GONE', message: /no message/ })
  t.ok(user)
})
