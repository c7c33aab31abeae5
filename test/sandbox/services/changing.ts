import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { failureOf, logIn } from '../fixtures/client.js'
import { channelInput, chatPeer, messageId, userPeer } from '../fixtures/peers.js'

t.test('a bot edits what it wrote, and nothing else', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const { client } = await logIn(t, sandbox, bot)
  const start = user.startChat(bot)
  await client.invoke(new Api.messages.SendMessage({ peer: userPeer(user), message: 'one', randomId: bigInt(1) }))
  const sent = bot.sent[0]
  const edit = async (id = 0, message = 'two') => await failureOf(client.invoke(new Api.messages.EditMessage({ peer: userPeer(user), id, message })))

  t.equal(await edit(sent?.id), 'no error')
  t.equal(sent?.text, 'two')
  t.equal(sent?.edited, true)
  t.equal(await edit(sent?.id), '400 MESSAGE_NOT_MODIFIED')
  t.equal(await edit(start.idFor(bot)), '403 MESSAGE_AUTHOR_REQUIRED')
  t.equal(await edit(999), '400 MESSAGE_ID_INVALID')
  t.equal(await edit(sent?.id, ''), '400 MESSAGE_EMPTY')
})

t.test('edits and deletions by others are pushed with the next pts', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films' })
  channel.add(bot)
  const { next } = await logIn(t, sandbox, bot)
  const message = user.sendTo(bot, { text: 'hello' })
  const post = channel.post({ text: 'news' })

  message.edit({ text: 'hello there' })
  message.delete()
  post.edit({ text: 'newer' })
  post.delete()

  const edited = await next(Api.UpdateEditMessage)
  const deleted = await next(Api.UpdateDeleteMessages)
  t.ok(edited.message instanceof Api.Message && edited.message.message === 'hello there')
  t.same([deleted.messages, deleted.pts - edited.pts, deleted.ptsCount], [[message.idFor(bot)], 1, 1])
  const editedPost = await next(Api.UpdateEditChannelMessage)
  const deletedPost = await next(Api.UpdateDeleteChannelMessages)
  t.ok(editedPost.message instanceof Api.Message && editedPost.message.message === 'newer')
  t.same([deletedPost.messages, deletedPost.pts - editedPost.pts], [[post.id], 1])
  t.equal(message.deleted && post.deleted, true)
})

t.test('a bot deletes on both sides of a private chat, and in channels with the right to', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const supergroup = sandbox.createSupergroup({ title: 'talk' })
  supergroup.add(bot)
  const { client } = await logIn(t, sandbox, bot)
  const message = user.startChat(bot)
  const foreign = supergroup.post({ text: 'theirs' })
  const remove = new Api.channels.DeleteMessages({ channel: channelInput(supergroup), id: [foreign.id] })

  const affected = await client.invoke(new Api.messages.DeleteMessages({ id: [message.idFor(bot), 12345], revoke: true }))

  t.same([affected.ptsCount, message.deleted], [1, true])
  t.equal(await failureOf(client.invoke(remove)), '403 MESSAGE_DELETE_FORBIDDEN')
  supergroup.add(bot, { admin: true })
  t.equal((await client.invoke(remove)).ptsCount, 1)
  t.equal(foreign.deleted, true)
})

t.test('who left a basic group no longer hears of its messages, nor of others that are deleted with them', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot({ privacy: false })
  const group = sandbox.createGroup({ title: 'talk' })
  group.add(bot)
  const user = sandbox.createUser()
  const { client, next } = await logIn(t, sandbox, bot)
  const [inGroup, inPrivate] = [group.post({ text: 'in the group' }), user.sendTo(bot, { text: 'in private' })]
  group.remove(bot)

  inGroup.edit({ text: 'behind its back' })
  inGroup.delete()
  inPrivate.edit({ text: 'to its face' })
  const edited = await next(Api.UpdateEditMessage)
  const kept = await client.invoke(new Api.messages.GetMessages({ id: [messageId(inGroup.idFor(bot))] }))
  const ids = [inGroup, inPrivate].map(message => message.idFor(bot))
  const affected = await client.invoke(new Api.messages.DeleteMessages({ id: ids, revoke: false }))

  t.ok(edited.message instanceof Api.Message && edited.message.message === 'to its face')
  t.ok(kept instanceof Api.messages.Messages && kept.messages[0] instanceof Api.Message)
  t.equal(affected.ptsCount, 2)
  t.equal(inPrivate.deleted, false, 'the user keeps it')
})

t.test('a pressed button reaches its bot, which answers once', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const { client, next } = await logIn(t, sandbox, bot)
  user.startChat(bot)
  const buttons = [new Api.KeyboardButtonCallback({ text: 'More', data: Buffer.from('page 2') })]
  await client.invoke(new Api.messages.SendMessage({ peer: userPeer(user), message: 'list', randomId: bigInt(1), replyMarkup: new Api.ReplyInlineMarkup({ rows: [new Api.KeyboardButtonRow({ buttons })] }) }))
  const list = bot.sent[0]
  if (list === undefined) throw new Error('nothing sent')

  const query = user.press(list, 'More')
  const update = await next(Api.UpdateBotCallbackQuery)
  const answer = new Api.messages.SetBotCallbackAnswer({ queryId: update.queryId, message: 'here', cacheTime: 0 })

  t.same([update.data?.toString(), update.msgId], ['page 2', list.id])
  t.equal(await client.invoke(answer), true)
  t.equal(query.answer?.text, 'here')
  t.equal(await failureOf(client.invoke(answer)), '400 QUERY_ID_INVALID')
  t.throws(() => user.press(list, 'Less'), /no callback button "Less"/)
})

t.test('messages are read by id; those that are gone are empty', async t => {
  const sandbox = await startTestSandbox(t)
  const [bot, other] = [sandbox.createBot(), sandbox.createBot()]
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films' })
  channel.add(bot)
  const { client } = await logIn(t, sandbox, bot)
  user.sendTo(other, { text: 'not for this bot' })
  const mine = user.sendTo(bot, { text: 'for this bot' })
  const [kept, gone] = [channel.post({ text: 'kept' }), channel.post({ text: 'gone' })]
  gone.delete()
  const texts = (answer: Api.messages.TypeMessages) => 'messages' in answer ? answer.messages.map(message => message instanceof Api.Message ? message.message : message.className) : []

  t.same(texts(await client.invoke(new Api.messages.GetMessages({ id: [messageId(mine.idFor(bot)), messageId(77)] }))), ['for this bot', 'MessageEmpty'])
  const read = (chat: typeof channel, ids: number[]) => client.invoke(new Api.channels.GetMessages({ channel: channelInput(chat), id: ids.map(messageId) }))
  t.same(texts(await read(channel, [kept.id, gone.id])), ['kept', 'MessageEmpty'])
  t.equal(await failureOf(read(channel, [])), '400 MESSAGE_IDS_EMPTY')
  t.equal(await failureOf(read(sandbox.createChannel({ title: 'elsewhere' }), [1])), '400 CHANNEL_INVALID')
  channel.remove(bot)
  t.equal(await failureOf(read(channel, [kept.id])), '406 CHANNEL_PRIVATE')
  t.equal(await failureOf(client.invoke(new Api.messages.EditMessage({ peer: chatPeer(channel), id: kept.id, message: 'x' }))), '406 CHANNEL_PRIVATE')
})
