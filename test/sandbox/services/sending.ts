import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { syntheticContent } from '../../../src/sandbox/world/content.js'
import { startTestSandbox, type Teardown } from '../../fixtures/sandbox.js'
import { failureOf, logIn } from '../fixtures/client.js'
import { chatPeer, userPeer } from '../fixtures/peers.js'

async function conversation (t: Teardown) {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const { client, next } = await logIn(t, sandbox, bot)
  const start = user.startChat(bot)
  let random = 0
  const text = (message: string, more: Partial<Api.messages.SendMessage> = {}) => new Api.messages.SendMessage({ peer: userPeer(user), message, randomId: bigInt(++random), ...more })
  const tell = async (request: Api.AnyRequest) => await failureOf(client.invoke(request))
  return { sandbox, bot, user, client, next, start, text, tell }
}

const button = (one: Api.TypeKeyboardButton) => new Api.ReplyInlineMarkup({ rows: [new Api.KeyboardButtonRow({ buttons: [one] })] })

t.test('a message reaches the user once for each random_id', async t => {
  const { client, text, tell, bot } = await conversation(t)
  const request = text('hello')

  const answer = await client.invoke(request)

  t.ok(answer instanceof Api.UpdateShortSentMessage && answer.out === true)
  t.equal(await tell(request), '500 RANDOM_ID_DUPLICATE')
  t.equal(await tell(text('another')), 'no error')
  t.same(bot.sent.map(message => message.text), ['hello', 'another'])
})

t.test('a message with buttons is answered as a whole, with its id', async t => {
  const { client, text, start, bot } = await conversation(t)
  const markup = button(new Api.KeyboardButtonCallback({ text: 'Again', data: Buffer.from('again') }))
  const code = new Api.MessageEntityCode({ offset: 0, length: 4 })

  const answer = await client.invoke(text('/dl/1 is it', { replyMarkup: markup, entities: [code], replyTo: new Api.InputReplyToMessage({ replyToMsgId: start.idFor(bot) }) }))

  if (!(answer instanceof Api.Updates)) throw new Error('no updates')
  const [named, added] = answer.updates
  const sent = bot.sent[0]
  t.ok(named instanceof Api.UpdateMessageID && added instanceof Api.UpdateNewMessage && added.message.id === named.id && named.id === sent?.id)
  t.same(sent?.entities, [{ type: 'code', offset: 0, length: 4 }])
  t.equal(sent?.replyTo?.text, '/start')
})

t.test('what is wrong with a message is named', async t => {
  const { text, tell, user } = await conversation(t)
  const entity = (offset: number, length: number) => ({ entities: [new Api.MessageEntityCode({ offset, length })] })

  t.equal(await tell(text(' ')), '400 MESSAGE_EMPTY')
  t.equal(await tell(text('x'.repeat(4097))), '400 MESSAGE_TOO_LONG')
  t.equal(await tell(text('x'.repeat(4096))), 'no error')
  t.equal(await tell(text('four', entity(2, 3))), '400 ENTITY_BOUNDS_INVALID')
  t.equal(await tell(text('four', entity(-1, 2))), '400 ENTITY_BOUNDS_INVALID')
  t.equal(await tell(text('four', entity(2, 2))), 'no error')
  t.equal(await tell(text('x', { scheduleDate: 2_000_000_000 })), '400 SCHEDULE_BOT_NOT_ALLOWED')
  t.equal(await tell(text('x', { sendAs: userPeer(user) })), '400 SEND_AS_PEER_INVALID')
  t.equal(await tell(text('x', { replyTo: new Api.InputReplyToMessage({ replyToMsgId: 999 }) })), '400 REPLY_MESSAGE_ID_INVALID')
})

t.test('buttons that Telegram refuses are refused', async t => {
  const { text, tell } = await conversation(t)
  const url = (url: string) => text('x', { replyMarkup: button(new Api.KeyboardButtonUrl({ text: 'go', url })) })

  t.equal(await tell(url('http://localhost:8080/download/x')), '400 BUTTON_URL_INVALID')
  t.equal(await tell(url('http://ferry/download/x')), '400 BUTTON_URL_INVALID')
  t.equal(await tell(url('ftp://ferry.example/x')), '400 BUTTON_URL_INVALID')
  t.equal(await tell(url('https://ferry.example/download/x')), 'no error')
  t.equal(await tell(text('x', { replyMarkup: button(new Api.KeyboardButtonCallback({ text: 'go', data: Buffer.alloc(65) })) })), '400 BUTTON_DATA_INVALID')
  t.equal(await tell(text('x', { replyMarkup: button(new Api.KeyboardButton({ text: 'go' })) })), '400 BUTTON_TYPE_INVALID')
  t.equal(await tell(text('x', { replyMarkup: new Api.ReplyKeyboardHide({}) })), '400 REPLY_MARKUP_INVALID')
})

t.test('a bot writes only to whom it may', async t => {
  const { sandbox, text, tell, user, bot } = await conversation(t)
  const stranger = sandbox.createUser()
  const other = sandbox.createBot()
  sandbox.createGroup({ title: 'both', creator: user }).add(bot)
  const known = new Api.InputPeerUser({ userId: bigInt(user.id), accessHash: bigInt(1) })

  t.equal(await tell(text('x', { peer: userPeer(stranger) })), '400 PEER_ID_INVALID')
  t.equal(await tell(text('x', { peer: userPeer(other) })), '400 PEER_ID_INVALID')
  t.equal(await tell(text('x', { peer: known })), '400 PEER_ID_INVALID')
  t.equal(await tell(text('x', { peer: new Api.InputPeerSelf() })), '400 USER_IS_BOT')
  user.block(bot)
  t.equal(await tell(text('x')), '400 USER_IS_BLOCKED')
  user.unblock(bot)
  t.equal(await tell(text('x')), 'no error')
})

t.test('in groups and channels membership and rights decide', async t => {
  const { sandbox, text, tell, bot } = await conversation(t)
  const group = sandbox.createGroup({ title: 'group' })
  const supergroup = sandbox.createSupergroup({ title: 'supergroup' })
  const channel = sandbox.createChannel({ title: 'channel' })
  const tryAll = async () => [await tell(text('x', { peer: chatPeer(group) })), await tell(text('x', { peer: chatPeer(supergroup) })), await tell(text('x', { peer: chatPeer(channel) }))]

  t.same(await tryAll(), ['400 PEER_ID_INVALID', '400 CHANNEL_INVALID', '400 CHANNEL_INVALID'])
  for (const chat of [group, supergroup, channel]) chat.add(bot)
  t.same(await tryAll(), ['no error', 'no error', 'no error'])
  supergroup.add(bot, { muted: true })
  channel.add(bot, { rights: { post: false } })
  t.same(await tryAll(), ['no error', '403 CHAT_WRITE_FORBIDDEN', '400 CHAT_ADMIN_REQUIRED'])
  for (const chat of [group, supergroup, channel]) chat.remove(bot)
  t.same(await tryAll(), ['403 CHAT_WRITE_FORBIDDEN', '406 CHANNEL_PRIVATE', '406 CHANNEL_PRIVATE'])
})

t.test('a file is sent again by its own location, and stays the same file', async t => {
  const { sandbox, bot, user, client, tell } = await conversation(t)
  const file = sandbox.file({ kind: 'video', content: syntheticContent('x', 100) })
  const photo = sandbox.file({ kind: 'photo', content: syntheticContent('y', 100) })
  const own = sandbox.locationFor(bot, file)
  const foreign = sandbox.locationFor(sandbox.createBot(), file)
  let random = 1000
  const send = ({ id, accessHash, fileReference }: typeof own, message = '') => new Api.messages.SendMedia({
    peer: userPeer(user),
    message,
    randomId: bigInt(++random),
    media: new Api.InputMediaDocument({ id: new Api.InputDocument({ id: bigInt(id), accessHash: bigInt(accessHash), fileReference }) })
  })

  await client.invoke(send(own, 'a film'))
  t.equal(await tell(send(foreign)), '400 MEDIA_EMPTY')
  t.equal(await tell(send({ ...own, fileReference: Buffer.alloc(0) })), '400 FILE_REFERENCE_EMPTY')
  t.equal(await tell(send(own, 'x'.repeat(1025))), '400 MEDIA_CAPTION_TOO_LONG')
  t.equal(await tell(send(sandbox.locationFor(bot, photo))), '400 MEDIA_EMPTY')

  t.same(bot.sent.map(message => [message.text, message.media?.id]), [['a film', file.id]])
})

t.test('an uploaded file can be downloaded again', async t => {
  const { bot, user, client, tell } = await conversation(t)
  const content = Buffer.from(syntheticContent('upload', 600 * 1024).read(0, 600 * 1024))
  const part = (filePart: number) => new Api.upload.SaveFilePart({ fileId: bigInt(5), filePart, bytes: content.subarray(filePart * 512 * 1024, (filePart + 1) * 512 * 1024) })
  const send = (parts: number, md5Checksum = '') => new Api.messages.SendMedia({
    peer: userPeer(user),
    message: '',
    randomId: bigInt(77 + parts),
    media: new Api.InputMediaUploadedDocument({
      file: new Api.InputFile({ id: bigInt(5), parts, name: 'up.bin', md5Checksum }),
      mimeType: 'application/x-ferry',
      attributes: [new Api.DocumentAttributeFilename({ fileName: 'up.bin' })]
    })
  })

  t.equal(await tell(send(2)), '400 FILE_PART_0_MISSING')
  await client.invoke(part(0))
  t.equal(await tell(send(2)), '400 FILE_PART_1_MISSING')
  await client.invoke(part(1))
  t.equal(await tell(send(2, 'f'.repeat(32))), '400 MD5_CHECKSUM_INVALID')
  await client.invoke(send(2))

  const file = bot.sent[0]?.media
  t.ok(file && content.equals(file.content.read(0, file.content.size)))
})

t.test('forwarding keeps the file and names the origin, unless the author is dropped', async t => {
  const { sandbox, bot, user, client, tell } = await conversation(t)
  const storage = sandbox.createChannel({ title: 'storage' })
  storage.add(bot)
  const file = sandbox.file({ kind: 'document', content: syntheticContent('x', 10) })
  const message = user.sendTo(bot, { text: 'mine', media: file })
  const forward = (id: number[], randomId: number[], more = {}) => new Api.messages.ForwardMessages({ fromPeer: userPeer(user), toPeer: chatPeer(storage), id, randomId: randomId.map(one => bigInt(one)), ...more })
  const id = message.idFor(bot)

  const answer = await client.invoke(forward([id], [1]))
  await client.invoke(forward([id], [2], { dropAuthor: true }))
  t.equal(await tell(forward([id], [2])), '500 RANDOM_ID_DUPLICATE')
  t.equal(await tell(forward([id, id], [3])), '400 RANDOM_ID_INVALID')
  t.equal(await tell(forward([999], [4])), '400 MESSAGE_ID_INVALID')
  t.equal(await tell(forward([], [])), '400 MESSAGE_IDS_EMPTY')

  t.ok(answer instanceof Api.Updates && answer.updates[1] instanceof Api.UpdateNewChannelMessage)
  t.same(bot.sent.map(copy => [copy.media?.id, copy.model.forward?.from.id]), [[file.id, user.id], [file.id, undefined]])
})

t.test('other logins of the bot are pushed what it sent, the sending one is not', async t => {
  const { sandbox, bot, client, text, next } = await conversation(t)
  const other = await logIn(t, sandbox, bot)

  await client.invoke(text('hello', { replyMarkup: button(new Api.KeyboardButtonUrl({ text: 'go', url: 'https://ferry.example' })) }))

  const update = await other.next(Api.UpdateNewMessage)
  t.ok(update.message instanceof Api.Message && update.message.out === true && update.message.message === 'hello')
  const own = next(Api.UpdateNewMessage, ({ message }) => message instanceof Api.Message && message.message === 'hello').then(() => 'pushed')
  const later = next(Api.UpdateNewMessage, ({ message }) => message instanceof Api.Message && message.message === 'later').then(() => 'only the later one')
  sandbox.createUser().sendTo(bot, { text: 'later' })
  t.equal(await Promise.race([own, later]), 'only the later one')
})
