import t from 'tap'
import type { BotId, ChatId, OutgoingMessage } from '../../src/media.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'
import { fleetWithFile, readStart } from './fixtures/story.js'

type Sandbox = Awaited<ReturnType<typeof startTestSandbox>>
const sending = { event: 'call', method: 'messages.SendMessage' } as const

async function conversation (t: Parameters<typeof startTestFleet>[0], sandbox: Sandbox) {
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const fleet = startTestFleet(t, sandbox, [bot])
  await fleet.fleet.settled(15_000)
  const message = user.startChat(bot)
  const received = await fleet.until('the start', () => fleet.messages(bot.id)[0])
  const reply: OutgoingMessage = {
    chatId: received.chat.id,
    replyTo: received.messageId,
    text: ['🎬 ', { code: 'https://example.org/ⓐ' }, ' ', { code: '' }, '2 GB'],
    buttons: [[{ text: 'Open', url: 'https://example.org/download/x' }], [{ text: 'Revoke', data: 'revoke:x' }]]
  }
  const send = async (changes: Partial<OutgoingMessage> = {}) => await fleet.fleet.send(bot.id as BotId, { ...reply, ...changes })
  return { bot, user, fleet, message, reply, send }
}

t.test('a reply arrives with its monospace part, its buttons and the message that it answers', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, message, send } = await conversation(t, sandbox)
  await send()
  const [sent] = bot.sent
  t.equal(sent?.text, '🎬 https://example.org/ⓐ 2 GB')
  t.match(sent?.entities, [{ offset: 3, length: 21 }])
  t.same(sent?.buttons, [{ kind: 'url', text: 'Open', url: 'https://example.org/download/x' }, { kind: 'callback', text: 'Revoke', data: Buffer.from('revoke:x') }])
  t.equal(sent?.replyTo?.model, message.model)
})

t.test('the same reply is sent once, however often it is asked for, also after a restart', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet, reply, send } = await conversation(t, sandbox)
  await Promise.all([send(), send(), send()])
  await fleet.fleet.stop()
  const second = startTestFleet(t, sandbox, [bot], { sessions: fleet.sessions })
  await second.fleet.settled(15_000)
  await second.fleet.send(bot.id as BotId, reply)
  t.equal(bot.sent.length, 1)
})

t.test('a reply whose answer was lost is sent again and still arrives once', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, send } = await conversation(t, sandbox)
  for (const action of [{ kind: 'silence' }, { kind: 'drop' }] as const) sandbox.faults.add({ match: { event: 'answer', method: 'messages.SendMessage' }, action, times: 1 })
  await send()
  t.equal(bot.sent.length, 1)
})

t.test('a link that Telegram refuses in a button is left out, and the text and the other buttons still arrive', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, fleet, send } = await conversation(t, sandbox)
  await send({ buttons: [[{ text: 'Open', url: 'http://localhost:8080/download/x' }], [{ text: 'Revoke', data: 'revoke:x' }]] })
  t.match(bot.sent, [{ text: /example\.org/ }])
  t.match(bot.sent[0]?.buttons, [{ text: 'Revoke' }])
  t.ok(fleet.said.some(line => line.includes('PUBLIC_URL')))
})

t.test('a short flood is waited out, a long one is not', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, send } = await conversation(t, sandbox)
  sandbox.faults.add({ match: sending, action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_1' }, times: 1 })
  await send()
  t.equal(bot.sent.length, 1)
  sandbox.faults.add({ match: sending, action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_61' }, times: 1 })
  await t.rejects(send({ replyTo: 1, text: ['other'], chatId: bot.id as unknown as ChatId }), { code: 420 })
})

t.test('what Telegram refuses for good is not tried again, and says why', async t => {
  const sandbox = await startTestSandbox(t)
  const { user, bot, send } = await conversation(t, sandbox)
  const before = sandbox.stats().methods['messages.SendMessage']?.calls ?? 0
  await t.rejects(send({ text: [''] }), { code: 'SEND_REFUSED', message: /MESSAGE_EMPTY/ })
  user.block(bot)
  await t.rejects(send(), { code: 'SEND_REFUSED', message: /USER_IS_BLOCKED/ })
  t.equal((sandbox.stats().methods['messages.SendMessage']?.calls ?? 0) - before, 2)
})

t.test('many messages at once do not fail one another', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, user, fleet, send } = await conversation(t, sandbox)
  for (let i = 0; i < 8; i++) user.sendTo(bot, { text: `${i}` })
  const messages = await fleet.until('all', () => fleet.messages(bot.id).length === 9 && fleet.messages(bot.id))
  sandbox.faults.add({ match: sending, action: { kind: 'error', code: 400, message: 'MESSAGE_TOO_LONG' }, times: 1 })
  const outcomes = await Promise.allSettled(messages.map(async message => await send({ replyTo: message.messageId })))
  t.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1)
  t.equal(bot.sent.length, 8)
})

t.test('a file is copied into the storage chat without its sender, where all bots can read it', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, file, received, media, first } = await fleetWithFile(t, sandbox, { dcId: 2 })
  const storage = sandbox.createChannel({ title: 'storage' })
  storage.add(bot)
  const from = { chatId: received.chat.id, messageId: received.messageId }
  const copy = await first.fleet.copyToChat(bot.id as BotId, from, media, storage.chatId as ChatId)
  t.equal(copy.media.id, media.id)
  t.equal(copy.media.name, media.name)
  t.match(bot.sent, [{ id: copy.messageId, media: { id: file.id }, model: { forward: null } }])
  t.same(await readStart(first, bot.id, copy.media), Buffer.from(file.content.read(0, 4096)))
  await t.rejects(first.fleet.copyToChat(bot.id as BotId, from, media, storage.chatId as ChatId), { code: 'SEND_REFUSED', message: /before/ })
  t.equal(bot.sent.length, 1)
})

t.test('a storage chat in which the bot may not post is named, with what to do', async t => {
  const sandbox = await startTestSandbox(t)
  const { bot, received, media, first } = await fleetWithFile(t, sandbox)
  const storage = sandbox.createChannel({ title: 'storage' })
  const from = { chatId: received.chat.id, messageId: received.messageId }
  await t.rejects(first.fleet.copyToChat(bot.id as BotId, from, media, storage.chatId as ChatId), { code: 'SEND_REFUSED', message: /administrator/ })
})
