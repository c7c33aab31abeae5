import t from 'tap'
import { parseLocation } from '../../src/telegram/file-id.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'
import { calls, fleetWithFile, readStart, sourceOf } from './fixtures/story.js'
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
