import t from 'tap'
import { Api } from 'telegram'
import bigInt from 'big-integer'
import { isVisible } from '../../../src/sandbox/world/visibility.js'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { logIn } from '../fixtures/client.js'
import { channelInput, chatPeer } from '../fixtures/peers.js'

for (const kind of ['createGroup', 'createSupergroup'] as const) {
  t.test(`${kind}: privacy keeps from a bot what is not meant for it`, async t => {
    const sandbox = await startTestSandbox(t)
    const shy = sandbox.createBot({ username: 'shy_bot' })
    const curious = sandbox.createBot({ username: 'curious_bot', privacy: false })
    const admin = sandbox.createBot({ username: 'admin_bot' })
    const chat = sandbox[kind]({ title: 'talk' })
    chat.add(shy)
    chat.add(curious)
    chat.add(admin, { admin: true })
    const { client } = await logIn(t, sandbox, shy)
    await client.invoke(new Api.messages.SendMessage({ peer: chatPeer(chat), message: 'I am here', randomId: bigInt(1) }))
    const own = shy.sent[0]
    if (own === undefined) throw new Error('nothing sent')

    const written = {
      talk: chat.post({ text: 'hello all' }),
      named: chat.post({ text: '/list@shy_bot' }),
      unnamed: chat.post({ text: '/list' }),
      other: chat.post({ text: '/list@curious_bot' }),
      mention: chat.post({ text: 'hi @shy_bot' }),
      reply: chat.post({ text: 'thanks', replyTo: own })
    }
    const held = (bot: typeof shy) => Object.entries(written).filter(([, message]) => isShown(bot, message)).map(([name]) => name)

    t.same(held(shy), ['named', 'unnamed', 'reply'])
    t.same(held(curious), Object.keys(written))
    t.same(held(admin), Object.keys(written))
    t.same([shy, curious, admin].map(bot => isShown(bot, own)), [true, false, false], 'bots do not see each other')
  })
}

t.test('the updates of a supergroup skip what a bot is not shown, and so does the difference', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot({ username: 'shy_bot' })
  const chat = sandbox.createSupergroup({ title: 'talk' })
  chat.add(bot)
  const { client, next } = await logIn(t, sandbox, bot)
  const before = chat.chat.kind === 'channel' ? chat.chat.box.pts : 0

  chat.post({ text: 'not for bots' })
  chat.post({ text: '/list@shy_bot' })
  const update = await next(Api.UpdateNewChannelMessage)
  const answer = await client.invoke(new Api.updates.GetChannelDifference({ channel: channelInput(chat), filter: new Api.ChannelMessagesFilterEmpty(), pts: before, limit: 100 }))

  t.same([update.pts, update.ptsCount], [before + 2, 1], 'a gap, which the difference closes')
  t.same(answer instanceof Api.updates.ChannelDifference && answer.newMessages.map(message => message instanceof Api.Message && message.message), ['/list@shy_bot'])
  t.equal(answer instanceof Api.updates.ChannelDifference && answer.pts, before + 2)
})

t.test('all bots of a channel see all its posts, those of bots too', async t => {
  const sandbox = await startTestSandbox(t)
  const [writer, reader] = [sandbox.createBot(), sandbox.createBot()]
  const channel = sandbox.createChannel({ title: 'storage' })
  channel.add(writer)
  channel.add(reader)
  const { client } = await logIn(t, sandbox, writer)
  const { next } = await logIn(t, sandbox, reader)

  await client.invoke(new Api.messages.SendMessage({ peer: chatPeer(channel), message: 'a post', randomId: bigInt(1) }))
  const { message } = await next(Api.UpdateNewChannelMessage)

  t.ok(message instanceof Api.Message && message.post === true && !message.fromId && message.message === 'a post')
  t.equal(message.id, writer.sent[0]?.id)
  t.throws(() => channel.add(sandbox.createBot(), { admin: false }), /only as administrators/)
})

function isShown (bot: { account: Parameters<typeof isVisible>[0] }, message: { model: Parameters<typeof isVisible>[1] }): boolean {
  return isVisible(bot.account, message.model)
}
