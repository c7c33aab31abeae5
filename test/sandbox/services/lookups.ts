import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { failureOf, logIn } from '../fixtures/client.js'
import { channelInput, userPeer } from '../fixtures/peers.js'

t.test('the configuration names the real ports, the inconvenient addresses first', async t => {
  const sandbox = await startTestSandbox(t, { mediaOnly: true, settings: { offerIpv6: true } })
  const { client } = await logIn(t, sandbox, sandbox.createBot())

  const { dcOptions, thisDc } = await client.invoke(new Api.help.GetConfig())

  const [home] = sandbox.network.dcs.filter(dc => dc.id === 2)
  t.equal(thisDc, 2)
  t.same(dcOptions.filter(({ id }) => id === 2).map(({ port, mediaOnly, ipv6 }) => ({ port, mediaOnly, ipv6 })), [
    { port: home?.mediaPort, mediaOnly: true, ipv6: false },
    { port: home?.port, mediaOnly: false, ipv6: true },
    { port: home?.port, mediaOnly: false, ipv6: false }
  ])
  t.equal(sandbox.server, `2@127.0.0.1:${home?.port}`)
})

t.test('a bot finds itself, and others whom it knows or whose name it has', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot({ username: 'ferry_test_bot' })
  const ada = sandbox.createUser({ firstName: 'Ada', username: 'ada_l' })
  const stranger = sandbox.createUser()
  const { client } = await logIn(t, sandbox, bot)
  const find = async (user: typeof ada) => await client.invoke(new Api.users.GetUsers({ id: [new Api.InputUser({ userId: bigInt(user.id), accessHash: bigInt(0) })] }))

  const [self] = await client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }))
  t.ok(self instanceof Api.User && self.self === true && self.username === 'ferry_test_bot' && self.id.toString() === bot.id)
  t.equal(await failureOf(find(ada)), '400 USER_ID_INVALID')
  const resolved = await client.invoke(new Api.contacts.ResolveUsername({ username: 'Ada_L' }))
  t.ok(resolved.peer instanceof Api.PeerUser && resolved.peer.userId.toString() === ada.id)
  t.equal((await find(ada)).length, 1)
  t.equal(await failureOf(find(stranger)), '400 USER_ID_INVALID')
  t.equal(await failureOf(client.invoke(new Api.contacts.ResolveUsername({ username: 'nobody_here' }))), '400 USERNAME_NOT_OCCUPIED')
  t.equal(await failureOf(client.invoke(new Api.contacts.ResolveUsername({ username: '1' }))), '400 USERNAME_INVALID')
  const full = await client.invoke(new Api.users.GetFullUser({ id: new Api.InputUserSelf() }))
  t.ok(full.fullUser instanceof Api.UserFull && full.fullUser.botInfo instanceof Api.BotInfo)
})

t.test('a bot is told about chats that it is in, and how it stands in them', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const member = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films', username: 'films_here' })
  const group = sandbox.createGroup({ title: 'talk' })
  channel.add(bot, { rights: { delete: false } })
  channel.add(member)
  group.add(bot)
  const { client } = await logIn(t, sandbox, bot)
  const participant = async (who: Api.TypeInputPeer) => await client.invoke(new Api.channels.GetParticipant({ channel: channelInput(channel), participant: who }))

  const chats = await client.invoke(new Api.channels.GetChannels({ id: [channelInput(channel)] }))
  t.ok(chats.chats[0] instanceof Api.Channel && chats.chats[0].broadcast === true && chats.chats[0].username === 'films_here')
  const groups = await client.invoke(new Api.messages.GetChats({ id: [bigInt(group.id)] }))
  t.ok(groups.chats[0] instanceof Api.Chat && groups.chats[0].title === 'talk')
  t.equal(await failureOf(client.invoke(new Api.messages.GetChats({ id: [bigInt(1)] }))), '400 CHAT_ID_INVALID')
  const own = (await participant(new Api.InputPeerSelf())).participant
  t.ok(own instanceof Api.ChannelParticipantAdmin && own.adminRights.postMessages === true && own.adminRights.deleteMessages === false)
  t.equal(await failureOf(participant(userPeer(sandbox.createUser()))), '400 PEER_ID_INVALID')
  const full = await client.invoke(new Api.channels.GetFullChannel({ channel: channelInput(channel) }))
  t.ok(full.fullChat instanceof Api.ChannelFull && channel.chat.kind === 'channel' && full.fullChat.pts === channel.chat.box.pts)
  channel.remove(bot)
  const after = await client.invoke(new Api.channels.GetChannels({ id: [channelInput(channel)] }))
  t.ok(after.chats[0] instanceof Api.ChannelForbidden)
})

t.test('public channels can be read from outside where the settings say so', async t => {
  const sandbox = await startTestSandbox(t)
  const channel = sandbox.createChannel({ title: 'films', username: 'films_here' })
  const { client } = await logIn(t, sandbox, sandbox.createBot())
  await client.invoke(new Api.contacts.ResolveUsername({ username: 'films_here' }))
  const read = async () => await failureOf(client.invoke(new Api.channels.GetMessages({ channel: channelInput(channel), id: [new Api.InputMessageID({ id: 1 })] })))

  t.equal(await read(), '406 CHANNEL_PRIVATE')
  sandbox.settings.publicChannelsReadable = true
  t.equal(await read(), 'no error')
})
