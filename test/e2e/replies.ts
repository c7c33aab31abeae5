import t from 'tap'
import type { SandboxMessage } from '../../src/sandbox/script/message.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { difference, get } from './fixtures/http.js'
import { copiesIn, rowOf, setStage, type Stage, startOn, startStory } from './fixtures/story.js'
import { uniqueIdOf } from './fixtures/unique-id.js'
import { until } from './fixtures/until.js'

const small = syntheticContent('reply', 1_500_000)

/** What each bot answers, once all that it received before is dealt with: bots answer one message after another. */
async function answersOf ({ sandbox, bots, user }: Stage): Promise<readonly SandboxMessage[]> {
  const last = bots.map(bot => ({ bot, message: user.sendTo(bot, { text: '/help' }) }))
  const helps = await Promise.all(last.map(async ({ bot, message }) => await sandbox.waitForReply(message, { bot })))
  return sandbox.sent().filter(({ model }) => !helps.some(help => help.model === model))
}

t.test('a file sent in private is answered with name, size and a link that works, as a button and as text', async t => {
  const { sandbox, user, bots: [bot] } = await startStory(t)
  if (bot === undefined) return t.fail('a bot')
  const file = sandbox.file({ kind: 'video', name: 'ferry crossing.mp4', content: small })
  const message = user.sendTo(bot, { media: file, text: 'for later' })

  const reply = await sandbox.waitForReply(message, { bot })
  const [name, size, , url = ''] = reply.text.split('\n')
  t.equal(name, 'ferry crossing.mp4')
  t.equal(size, '1.5 MB')
  t.equal(reply.replyTo?.model, message.model)
  t.match(reply.buttons, [{ kind: 'url', text: 'Open', url }, { kind: 'url', text: 'Watch', url: url.replace('/download/', '/watch/').replace('/ferry%20crossing.mp4', '') }, { kind: 'callback', text: 'Revoke' }])
  t.same(reply.entities.filter(({ type }) => type === 'code').map(({ offset, length }) => reply.text.slice(offset, offset + length)), [url])
  t.ok(url.endsWith(`/download/${uniqueIdOf('video', file)}/ferry%20crossing.mp4`))
  t.equal(difference((await get(url)).body, small.read(0, small.size)), null)
})

t.test('a forwarded file is answered, and each file of an album', async t => {
  const story = await startStory(t)
  const { sandbox, user, channel, bots: [bot] } = story
  if (bot === undefined) return t.fail('a bot')
  const post = channel.post({ media: sandbox.file({ kind: 'audio', name: 'horn.mp3', content: small }) })
  user.forwardTo(bot, post)
  for (const name of ['one.jpg', 'two.jpg']) user.sendTo(bot, { media: sandbox.file({ kind: 'document', name, content: small }), groupedId: 77n })
  const replies = await answersOf(story)
  t.same(replies.map(({ text }) => text.split('\n')[0]), ['horn.mp3', 'one.jpg', 'two.jpg'])
})

t.test('an update that comes twice is answered once', async t => {
  const story = await startStory(t)
  const { sandbox, user, bots: [bot] } = story
  if (bot === undefined) return t.fail('a bot')
  const twice = sandbox.faults.add({ match: { event: 'update' }, action: { kind: 'duplicate' } })
  user.sendTo(bot, { media: sandbox.file({ kind: 'video', name: 'once.mp4', content: small }) })
  const replies = await answersOf(story)
  t.ok(twice.hits >= 2)
  t.same(replies.map(({ text }) => text.split('\n')[0]), ['once.mp4'])
})

t.test('an answer that fails is given later, though the bot never goes offline', async t => {
  // The service goes its rounds once a minute.
  const { setInterval } = globalThis
  const hurried = (work: () => void, ms?: number) => setInterval(work, ms === 60_000 ? 200 : ms)
  t.teardown(() => { globalThis.setInterval = setInterval })
  globalThis.setInterval = Object.assign(hurried, setInterval) as typeof setInterval
  const story = await startStory(t)
  const { sandbox, user, bots: [bot] } = story
  if (bot === undefined) return t.fail('a bot')
  const failing = sandbox.faults.add({ match: { event: 'call', method: 'messages.SendMessage' }, action: { kind: 'error', code: 500, message: 'INTERNAL' } })
  const message = user.sendTo(bot, { media: sandbox.file({ kind: 'video', name: 'late.mp4', content: small }) })
  await until('the answer to be given up', async () => story.app.said.some(line => line.includes('what should follow failed')))
  failing.remove()
  t.match((await sandbox.waitForReply(message, { bot })).text, /^late\.mp4/)
  await until('nothing to be left', async () => (await story.database.query('SELECT * FROM teleferry_unanswered')).length === 0)
  t.equal(story.app.said.filter(line => line.includes('bot is online')).length, 1)
  t.equal(sandbox.sent().length, 1)
})

t.test('/start greets, /help helps, and so does any other text', async t => {
  const { sandbox, user, bots: [bot] } = await startStory(t)
  if (bot === undefined) return t.fail('a bot')
  const start = await sandbox.waitForReply(user.startChat(bot))
  t.match(start.text, /^Welcome to Teleferry\.\n\nSend or forward me a file/)
  for (const text of ['/help', 'hello']) t.match((await sandbox.waitForReply(user.sendTo(bot, { text }))).text, /^Send or forward me a file/)
})

t.test('a server on localhost answers without link buttons, for Telegram takes none that leads there', async t => {
  const { sandbox, user, bots: [bot] } = await startStory(t, { env: { PUBLIC_URL: 'http://localhost:8080' } })
  if (bot === undefined) return t.fail('a bot')
  const reply = await sandbox.waitForReply(user.sendTo(bot, { media: sandbox.file({ kind: 'video', content: small, name: 'a.mp4' }) }))
  t.match(reply.text, /http:\/\/localhost:8080\/download\/[\w-]+\/a\.mp4$/)
  t.same(reply.buttons.map(({ text }) => text), ['Revoke'])
})

t.test('with ALLOWED_USERS those on the list are served; strangers are refused, with the id that the owner would add, and their files are not kept', async t => {
  const stage = await setStage(t)
  const { sandbox, database, user, bots: [bot], channel } = stage
  if (bot === undefined) return t.fail('a bot')
  const stranger = sandbox.createUser()
  await startOn(t, stage, { env: { ALLOWED_USERS: `1, ${user.id}` } })

  const file = sandbox.file({ kind: 'video', content: small })
  const refusal = await sandbox.waitForReply(stranger.sendTo(bot, { media: file }))
  t.equal(refusal.text, `Sorry, this bot serves a closed circle. If its owner knows you, give them your user id: ${stranger.id}`)
  t.same(refusal.buttons, [])
  t.match((await sandbox.waitForReply(stranger.startChat(bot))).text, /closed circle/)
  t.equal(await rowOf(database, uniqueIdOf('video', file)), null)

  t.match((await sandbox.waitForReply(user.sendTo(bot, { media: file }))).buttons, [{ text: 'Open' }])
  const posted = sandbox.file({ kind: 'video', content: small })
  channel.post({ media: posted })
  t.ok(await copiesIn(database, uniqueIdOf('video', posted), 1), 'who may post in a channel is its owner\'s business')
})

for (const replyInChats of [true, false]) {
  t.test(`in groups and channels ${replyInChats ? 'exactly one bot answers each file with REPLY_IN_CHATS' : 'bots are silent without REPLY_IN_CHATS'}`, async t => {
    const story = await startStory(t, { bots: 3, env: replyInChats ? { REPLY_IN_CHATS: 'true' } : {} })
    const { sandbox, database, user, bots, channel } = story
    const supergroup = sandbox.createSupergroup({ title: 'Passengers', creator: user })
    const group = sandbox.createGroup({ title: 'Crew', creator: user })
    for (const chat of [supergroup, group]) for (const bot of bots) chat.add(bot)
    const chats = [channel, supergroup, group]
    const sent = chats.flatMap(chat => [1, 2].map(number => {
      const name = `${chat.title} ${number}.mp4`
      const file = sandbox.file({ kind: 'video', name, content: small })
      return { name, file, message: user.sendTo(chat, { media: file }) }
    }))
    user.sendTo(supergroup, { text: 'no file' })
    for (const { file } of sent) await copiesIn(database, uniqueIdOf('video', file), bots.length)

    const answers = await answersOf(story)
    const expected = replyInChats ? sent.map(({ name, message }) => `${name} to ${message.model.chat.key}`) : []
    t.same(answers.map(({ text, model, replyTo }) => `${text.split('\n')[0]} to ${replyTo?.model.chat === model.chat ? model.chat.key : 'another chat'}`).sort(), expected.sort())
  })
}
