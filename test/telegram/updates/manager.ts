import t from 'tap'
import { Api } from 'telegram'
import type { BotId, ChatId } from '../../../src/media.js'
import { syntheticContent } from '../../../src/sandbox/world/content.js'
import { calls } from '../fixtures/story.js'
import { names, news, setScene, startAgain, textsOf } from './fixtures/scene.js'

t.test('what was posted and sent while the bot was away comes when it is back, in slices, as news, once', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  await fleet.fleet.stop()
  sandbox.settings.differenceLimit = 7
  for (const text of names('post', 40)) channel.post({ text })
  for (const text of names('letter', 40)) user.sendTo(bot, { text })
  const again = startAgain(t, sandbox, bot, fleet)
  t.same(await news(again, bot, 80), [...names('post', 40), ...names('letter', 40)].sort())
  t.same(again.messages(bot.id).filter(({ kind }) => kind !== 'new'), [])
})

t.test('what is posted while the connection is made anew is not missed', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const refused = sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'drop' } })
  sandbox.disconnect({ accountId: bot.id })
  await fleet.until('the loss', () => fleet.report(bot.id).state === 'connecting')
  for (const text of names('post', 5)) channel.post({ text })
  for (const text of names('letter', 5)) user.sendTo(bot, { text })
  refused.remove()
  t.same(await news(fleet, bot, 10), [...names('letter', 5), ...names('post', 5)])
})

t.test('a lost update is noticed at the next one, in private chats and in channels', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const lost = sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 2 })
  channel.post({ text: 'post lost' })
  user.sendTo(bot, { text: 'letter lost' })
  await sandbox.waitFor(() => lost.hits === 2 || (sandbox.stats(), false))
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  t.same(await news(fleet, bot, 4), ['letter', 'letter lost', 'post', 'post lost'])
})

t.test('repeated and reordered updates are taken once and in order, without asking for anything', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const asked = calls(sandbox, 'updates.GetDifference') + calls(sandbox, 'updates.GetChannelDifference')
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'duplicate' } })
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'reorder' }, times: 1 })
  for (const text of names('post', 5)) channel.post({ text })
  for (const text of names('letter', 5)) user.sendTo(bot, { text })
  t.same(await news(fleet, bot, 10), [...names('letter', 5), ...names('post', 5)])
  t.same(textsOf(fleet, bot).filter(text => text.startsWith('post')), names('post', 5), 'in order')
  t.equal(calls(sandbox, 'updates.GetDifference') + calls(sandbox, 'updates.GetChannelDifference'), asked)
})

t.test('the last update of all is lost: it comes when Telegram is asked by the clock', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t, { stateMs: 300 })
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' } })
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  t.same(await news(fleet, bot, 2), ['letter', 'post'])
})

t.test('"too long", for everything or for a channel, makes the bot ask', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 2 })
  user.sendTo(bot, { text: 'letter' })
  channel.post({ text: 'post' })
  sandbox.network.push(bot.id, new Api.UpdatesTooLong())
  t.same(await news(fleet, bot, 2), ['letter', 'post'], 'the difference names the channel')
})

t.test('an update that GramJS cannot read is asked for', async t => {
  const { sandbox, bot, user, fleet } = await setScene(t)
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 1 })
  user.sendTo(bot, { text: 'letter' })
  // A constructor of a layer to come.
  sandbox.network.push(bot.id, { getBytes: () => Buffer.from('efbeadde00000000', 'hex') } as unknown as Api.TypeUpdates)
  t.same(await news(fleet, bot, 1), ['letter'])
})

t.test('deleted and edited messages are told, of private chats, groups and channels', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const film = sandbox.file({ kind: 'video', content: syntheticContent('film', 1_000) })
  const cut = sandbox.file({ kind: 'video', content: syntheticContent('cut', 1_000) })
  const [post, letter] = [channel.post({ media: film, text: 'post' }), user.sendTo(bot, { media: film, text: 'letter' })]
  await news(fleet, bot, 2)
  const seen = fleet.messages(bot.id).length
  post.edit({ media: cut })
  await fleet.until('the edit', () => fleet.messages(bot.id).length > seen)
  t.match(fleet.messages(bot.id).at(-1), { kind: 'edited', chat: { id: channel.chatId }, messageId: post.id, media: { size: 1_000 } })
  t.not(fleet.messages(bot.id).at(-1)?.media?.id, fleet.messages(bot.id).find(({ text }) => text === 'letter')?.media?.id)
  post.delete()
  letter.delete()
  const deletions = () => fleet.batches.flatMap(batch => batch.deletions)
  await fleet.until('both deletions', () => deletions().length === 2)
  t.same(deletions().sort((a, _) => a.chatId === null ? 1 : -1), [{ chatId: channel.chatId, messageIds: [post.id] }, { chatId: null, messageIds: [letter.idFor(bot)] }])
})

t.test('an album comes whole, also when half of it got lost', async t => {
  const { sandbox, bot, channel, fleet } = await setScene(t)
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 2 })
  for (let i = 0; i < 4; i++) {
    channel.post({ media: sandbox.file({ kind: 'photo', content: syntheticContent(`photo ${i}`, 500 + i) }), groupedId: 7n, text: `photo ${i}` })
  }
  t.same(await news(fleet, bot, 4), names('photo', 4))
})

t.test('the bot\'s own doings, which it is told in the answer only, leave no gap', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const letter = fleet.messages(bot.id).find(({ text }) => text === 'hello')
  const film = sandbox.file({ kind: 'video', content: syntheticContent('film', 1_000) })
  user.sendTo(bot, { media: film, text: 'film' })
  await news(fleet, bot, 1)
  const received = fleet.messages(bot.id).find(({ text }) => text === 'film')
  if (letter === undefined || received?.media === undefined || received.media === null) return t.fail('no letter')
  const asked = calls(sandbox, 'updates.GetDifference') + calls(sandbox, 'updates.GetChannelDifference')
  await fleet.fleet.send(bot.id as BotId, { chatId: letter.chat.id, replyTo: letter.messageId, text: ['welcome'] })
  await fleet.fleet.copyToChat(bot.id as BotId, { chatId: received.chat.id, messageId: received.messageId }, received.media, channel.chatId as ChatId)
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  await fleet.until('both', () => ['post', 'letter'].every(text => textsOf(fleet, bot).includes(text)))
  t.equal(calls(sandbox, 'updates.GetDifference') + calls(sandbox, 'updates.GetChannelDifference'), asked)
})

t.test('a session that Telegram forgot in mid-connection is a reason to ask what was missed', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  sandbox.network.forgetSessions(bot.id)
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  t.same(await news(fleet, bot, 2), ['letter', 'post'], 'nobody was there to be told of them')
  channel.post({ text: 'later post' })
  t.same(await news(fleet, bot, 3), ['later post', 'letter', 'post'])
  t.equal(fleet.said.filter(line => line.includes('bot is online')).length, 1, 'over the same connection')
})

t.test('Telegram asks to wait, or fails: the difference comes later', async t => {
  const { sandbox, bot, channel, fleet } = await setScene(t)
  await fleet.fleet.stop()
  channel.post({ text: 'post' })
  for (const [code, message] of [[420, 'FLOOD_WAIT_1'], [500, 'PERSISTENT_TIMESTAMP_OUTDATED'], [500, 'HISTORY_GET_FAILED'], [-503, 'Timeout']] as const) {
    for (const method of ['updates.GetDifference', 'updates.GetChannelDifference']) {
      sandbox.faults.add({ match: { event: 'call', method }, action: { kind: 'error', code, message }, times: 1 })
    }
  }
  t.same(await news(startAgain(t, sandbox, bot, fleet), bot, 1), ['post'])
})
