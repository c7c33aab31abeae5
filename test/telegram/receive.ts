import t from 'tap'
import { parseUniqueFileId, tdFileId } from '@mtcute/file-id'
import type { BotId } from '../../src/media.js'
import type { FileKind } from '../../src/sandbox/world/files.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'
import { readStart } from './fixtures/story.js'

t.test('every kind of media is recognised, and read through the file_id made for it', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  user.startChat(bot)
  const made: Record<FileKind, RegExp> = {
    document: /^document-\d{4}-\d\d-\d\d-\d{6}\.bin$/,
    video: /^video-.*\.mp4$/,
    audio: /^audio-.*\.mp3$/,
    voice: /^voice-.*\.ogg$/,
    video_note: /^video-note-.*\.mp4$/,
    animation: /^animation-.*\.mp4$/,
    photo: /^photo-.*\.jpg$/,
    sticker: /^sticker-.*\.webp$/
  }
  const kinds: FileKind[] = ['document', 'video', 'audio', 'voice', 'video_note', 'animation', 'photo', 'sticker']
  for (const [i, kind] of kinds.entries()) {
    const file = sandbox.file({ kind, content: syntheticContent(kind, 100_000 + i), dcId: 2 })
    user.sendTo(bot, { media: file, text: `a ${kind}` })
    const message = await fleet.until(kind, () => fleet.messages(bot.id).find(message => message.text === `a ${kind}`))
    t.match(message, { kind: 'new', chat: { id: user.id, kind: 'private' }, senderId: user.id, media: { size: 100_000 + i, name: made[kind] } }, kind)
    t.match(message.media?.fileId, new RegExp(`^${prefixes[kind]}`), 'the Bot API begins the file_id so')
    t.same(await readStart(fleet, bot.id, message.media!), Buffer.from(file.content.read(0, 4096)), `${kind} can be read`)
    const unique = parseUniqueFileId(message.media?.id ?? '')
    t.equal(unique.type, kind === 'photo' ? tdFileId.UniqueFileIdType.Photo : tdFileId.UniqueFileIdType.Document)
    if (kind !== 'photo') t.equal('id' in unique ? unique.id.toString() : null, file.id.toString())
  }
})

const prefixes: Record<FileKind, string> = {
  document: 'BQAC', video: 'BAAC', audio: 'CQAC', voice: 'AwAC', video_note: 'DQAC', animation: 'CgAC', photo: 'AgAC', sticker: 'CAAC'
}

t.test('a progressive photo is taken in its largest size', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  const file = sandbox.file({ kind: 'photo', content: syntheticContent('p', 77_777), progressive: true, width: 2560, height: 1440, dcId: 2 })
  user.startChat(bot)
  user.sendTo(bot, { media: file })
  const { media } = await fleet.until('the photo', () => fleet.messages(bot.id).find(message => message.media !== null))
  t.match(media, { size: 77_777, mimeType: 'image/jpeg' })
  t.same(await readStart(fleet, bot.id, media!), Buffer.from(file.content.read(0, 4096)))
})

t.test('three bots that see one file agree on its id, and each can read it in its own way', async t => {
  const sandbox = await startTestSandbox(t)
  const bots = [sandbox.createBot(), sandbox.createBot({ homeDc: 4 }), sandbox.createBot()]
  const channel = sandbox.createChannel({ title: 'films' })
  for (const bot of bots) channel.add(bot)
  const fleet = startTestFleet(t, sandbox, bots)
  await fleet.fleet.settled(15_000)
  const file = sandbox.file({ kind: 'video', content: syntheticContent('shared', 50_000), name: 'фильм.mkv', mimeType: 'video/x-matroska' })
  const post = channel.post({ media: file, text: 'watch' })
  const seen = await Promise.all(bots.map(async bot => await fleet.until('the post', () => fleet.messages(bot.id).find(message => message.media !== null))))
  for (const message of seen) t.match(message, { chat: { id: channel.chatId, kind: 'channel' }, messageId: post.id, senderId: null, text: 'watch', media: { name: 'фильм.mkv', mimeType: 'video/x-matroska' } })
  t.equal(new Set(seen.map(message => message.media?.id)).size, 1)
  t.equal(new Set(seen.map(message => message.media?.fileId)).size, 3)
  for (const [i, bot] of bots.entries()) t.same(await readStart(fleet, bot.id, seen[i]!.media!), Buffer.from(file.content.read(0, 4096)))
})

t.test('groups, supergroups and edits are told apart, with chat ids as the Bot API writes them', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot({ privacy: false })
  const user = sandbox.createUser()
  const group = sandbox.createGroup({ title: 'small', creator: user })
  const supergroup = sandbox.createSupergroup({ title: 'large', creator: user })
  group.add(bot)
  supergroup.add(bot)
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  const file = sandbox.file({ kind: 'document', content: syntheticContent(1, 10), name: 'a.txt', mimeType: 'text/plain' })
  user.sendTo(group, { text: 'in a group', media: file })
  const inSupergroup = user.sendTo(supergroup, { text: 'in a supergroup' })
  // What the bot hears first from a chat makes it ask there, and it is told of messages as they are by then.
  await fleet.until('the message', () => fleet.messages(bot.id).find(({ text }) => text === 'in a supergroup'))
  inSupergroup.edit({ text: 'changed' })
  await fleet.until('the edit', () => fleet.messages(bot.id).find(message => message.kind === 'edited'))
  t.match(fleet.messages(bot.id), [
    { kind: 'new', chat: { id: group.chatId, kind: 'group' }, senderId: user.id, text: 'in a group', media: { name: 'a.txt', size: 10, mimeType: 'text/plain' } },
    { kind: 'new', chat: { id: supergroup.chatId, kind: 'supergroup' }, senderId: user.id, text: 'in a supergroup', media: null },
    { kind: 'edited', chat: { id: supergroup.chatId }, messageId: inSupergroup.id, text: 'changed' }
  ])
})

t.test('messages arrive in order, one batch at a time, and none is lost while taking them in fails', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const texts: string[] = []
  let inside = 0
  let overlapped = false
  let failures = 3
  const fleet = startTestFleet(t, sandbox, [bot], {
    deliver: async batches => {
      overlapped ||= inside++ > 0
      await new Promise(resolve => setImmediate(resolve))
      inside--
      const messages = batches.flatMap(batch => batch.messages)
      if (messages.some(message => message.text === '5') && failures-- > 0) throw new Error('no database')
      texts.push(...messages.map(message => message.text))
      if (texts.length === 11) done()
    }
  })
  let done = () => {}
  const all = new Promise<void>(resolve => { done = resolve })
  await fleet.fleet.settled(15_000)
  user.startChat(bot)
  for (let i = 1; i <= 10; i++) user.sendTo(bot, { text: `${i}` })
  await all
  t.same(texts, ['/start', ...Array.from({ length: 10 }, (_, i) => `${i + 1}`)])
  t.notOk(overlapped)
  t.equal(fleet.said.filter(line => line.startsWith('error')).length, 1, 'one line for the outage')
})

t.test('a duplicated update is taken once, and what the bot itself wrote is no news', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'duplicate' }, times: 1 })
  user.startChat(bot)
  const [first] = await fleet.until('the first', () => fleet.messages(bot.id).length === 1 && fleet.messages(bot.id))
  await fleet.fleet.send(bot.id as BotId, { chatId: first!.chat.id, replyTo: first!.messageId, text: ['welcome'] })
  user.sendTo(bot, { text: 'last' })
  await fleet.until('the last', () => fleet.messages(bot.id).some(message => message.text === 'last'))
  t.same(fleet.messages(bot.id).map(message => message.text), ['/start', 'last'])
})
