import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { startSandbox } from '../../src/sandbox/sandbox.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startTestSandbox } from '../fixtures/sandbox.js'

t.test('the public key is written where it is wanted', async t => {
  const sandbox = await startTestSandbox(t)

  const path = await sandbox.writePublicKey(t.testdir())

  t.equal(await readFile(path, 'utf8'), sandbox.publicKeyPem)
  t.equal(createPublicKey(sandbox.publicKeyPem).asymmetricKeyDetails?.modulusLength, 2048)
})

t.test('the same seed gives the same ids, tokens and hashes, another one does not', async t => {
  const facts = async (seed: string) => {
    const sandbox = await startTestSandbox(t, { seed })
    const bot = sandbox.createBot()
    const { id, accessHash } = sandbox.locationFor(bot, sandbox.file({ kind: 'document', content: syntheticContent(seed, 1) }))
    return [bot.token, id, accessHash].map(String)
  }
  const first = await facts('one')

  t.same(await facts('one'), first)
  t.notSame(await facts('two'), first)
})

t.test('ids are larger than 32 bits hold', async t => {
  const sandbox = await startTestSandbox(t)
  t.ok(Number(sandbox.createBot().id) > 2 ** 32 && Number(sandbox.createUser().id) > 2 ** 32)
})

t.test('messages of a private chat have an id on each side, posts have one for all', async t => {
  const sandbox = await startTestSandbox(t)
  const [one, other] = [sandbox.createBot(), sandbox.createBot()]
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films' })
  channel.add(one)
  channel.add(other)
  user.startChat(one)

  const message = user.sendTo(other, { text: 'hello' })
  const post = channel.post({ text: 'news' })

  t.same([message.idFor(user), message.idFor(other)], [2, 1])
  t.throws(() => message.idFor(one), /never in that box/)
  t.same([post.id, post.idFor(one), post.idFor(other)], [2, 2, 2], 'the first one tells of the channel being made')
})

t.test('what Telegram would not let a user do throws', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser({ firstName: 'Ada' })
  const channel = sandbox.createChannel({ title: 'films' })
  const elsewhere = channel.post({ text: 'news' })

  t.throws(() => user.sendTo(channel, { text: 'x' }), /Ada is not in that chat/)
  channel.add(user)
  t.throws(() => user.sendTo(channel, { text: 'x' }), /Ada may not write in films/)
  t.throws(() => user.sendTo(bot, {}), /text or media/)
  t.throws(() => user.sendTo(bot, { text: 'x', replyTo: elsewhere }), /not in that chat/)
  t.throws(() => sandbox.createBot({ username: 'ferryman' }), /ends in "bot"/)
  t.throws(() => sandbox.createUser({ username: bot.username }), /is taken/)
  t.throws(() => sandbox.file({ kind: 'document', content: syntheticContent('x', 1), dcId: 3 }), /no data centre 3, only 1, 2, 4/)
})

t.test('waiting ends with what was found, when time is up, or when it is called off', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films' })
  const gone = new AbortController()

  const found = sandbox.waitFor(() => user.account.box.messages.get(1)?.text)
  user.sendTo(bot, { text: 'hello' })
  const calledOff = sandbox.waitFor(() => false, { signal: gone.signal })
  gone.abort(new Error('no longer wanted'))

  t.equal(await found, 'hello')
  await t.rejects(calledOff, /no longer wanted/)
  await t.rejects(sandbox.waitForReply(channel.post({ text: 'anyone?' }), { timeoutMs: 1 }), /a reply to "anyone\?" did not happen within 1 ms/)
  await t.rejects(sandbox.waitFor(() => { throw new Error('looking failed') }), /looking failed/)
})

t.test('a home that is none of the data centres is refused', async t => {
  await t.rejects(startSandbox({ dcIds: [1, 2], homeDc: 4 }), /homeDc 4 is none of the data centres 1, 2/)
})

t.test('a file is the same file wherever it is sent', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films' })
  channel.add(bot)
  const file = sandbox.file({ kind: 'voice', content: syntheticContent('x', 9) })

  const messages = [user.sendTo(bot, { media: file }), channel.post({ media: file })]
  messages.push(user.forwardTo(bot, messages[1] ?? user.startChat(bot)))

  t.same(messages.map(message => message.media?.id), [file.id, file.id, file.id])
  t.equal(messages[2]?.model.forward?.postId, messages[1]?.id)
})
