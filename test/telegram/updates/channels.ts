import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import type { BotId, ChatId } from '../../../src/media.js'
import { startTestFleet, statesIn } from '../fixtures/fleet.js'
import { names, news, setScene, startAgain } from './fixtures/scene.js'

t.test('a channel that shuts the bot out is forgotten; one that takes it in is followed from then on', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  channel.remove(bot)
  await fleet.until('the end', () => fleet.batches.some(({ progress }) => progress.kind === 'closed' && progress.box === channel.chatId))
  const other = sandbox.createChannel({ title: 'music', creator: user })
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 3 })
  other.add(bot)
  other.post({ text: 'lost' })
  other.post({ text: 'found' })
  other.post({ text: 'last' })
  t.same(await news(fleet, bot, 3), ['found', 'last', 'lost'])
})

t.test('a channel that took the bot in while it was away is asked, though the process was killed before it could be, and nothing happens there since', async t => {
  let later = 0
  const { sandbox, bot, user, fleet } = await setScene(t, {}, () => later)
  await fleet.fleet.stop()
  const other = sandbox.createChannel({ title: 'music', creator: user })
  other.add(bot)
  other.post({ text: 'waiting' })
  // Beyond the second from which the next difference begins.
  later = 5_000
  const unasked = sandbox.faults.add({ match: { event: 'call', method: 'updates.GetChannelDifference' }, action: { kind: 'silence' } })
  const states = statesIn(fleet.batches, bot.id as BotId)
  const killed = startTestFleet(t, sandbox, [bot], { sessions: fleet.sessions, loadStates: async () => states })
  user.sendTo(bot, { text: 'letter' })
  t.same(await news(killed, bot, 1), ['letter'])
  await killed.until('a later own state', () => (statesIn(killed.batches, bot.id as BotId).own?.pts ?? 0) > (states.own?.pts ?? 0))
  await killed.fleet.stop()
  unasked.remove()
  const { own } = statesIn(killed.batches, bot.id as BotId)
  const again = startTestFleet(t, sandbox, [bot], { sessions: fleet.sessions, loadStates: async () => ({ own, channels: states.channels }) })
  t.same(await news(again, bot, 1), ['waiting'])
  t.match(again.messages(bot.id).find(({ text }) => text === 'waiting'), { kind: 'new' })
  user.sendTo(bot, { text: 'another' })
  await again.until('the date to move on', () => (statesIn(again.batches, bot.id as BotId).own?.date ?? 0) > (own?.date ?? 0))
})

t.test('a channel that took the bot in while it was away is asked, though Telegram keeps nothing of the own box from so long ago', async t => {
  let later = 0
  const { sandbox, bot, user, fleet } = await setScene(t, {}, () => later)
  await fleet.fleet.stop()
  const other = sandbox.createChannel({ title: 'music', creator: user })
  other.add(bot)
  other.post({ text: 'waiting' })
  user.sendTo(bot, { text: 'letter' })
  sandbox.forgetUpdates(bot)
  later = 5_000
  const again = startAgain(t, sandbox, bot, fleet)
  t.same(await news(again, bot, 2), ['letter', 'waiting'])
  t.same(again.messages(bot.id).filter(({ kind }) => kind !== 'new'), [])
})

t.test('channels that fail again and again do not keep others from being asked', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const others = names('other', 4).map(title => {
    const other = sandbox.createChannel({ title, creator: user })
    other.add(bot)
    other.post({ text: `before in ${title}` })
    return other
  })
  await news(fleet, bot, 4)
  await fleet.fleet.stop()
  const well = others.at(-1)
  if (well === undefined) return t.fail('no channel')
  const { own, channels } = statesIn(fleet.batches, bot.id as BotId)
  // The healthy one comes last.
  const ordered = new Map([...channels].sort(([a], [b]) => Number(a === well.chatId) - Number(b === well.chatId)))
  const failing = sandbox.faults.add({
    match: ({ event, request }) => event === 'call' && request instanceof Api.updates.GetChannelDifference &&
      request.channel instanceof Api.InputChannel && `-100${request.channel.channelId.toString()}` !== well.chatId,
    action: { kind: 'error', code: 500, message: 'INTERDC_4_CALL_ERROR' }
  })
  for (const one of [channel, ...others]) one.post({ text: 'post' })
  const again = startTestFleet(t, sandbox, [bot], { sessions: fleet.sessions, loadStates: async () => ({ own, channels: ordered }) })
  t.same(await news(again, bot, 1), ['post'])
  failing.remove()
  t.same(await news(again, bot, 5), Array.from({ length: 5 }, () => 'post'))
})

t.test('a channel that is said to be behind, by a push of its own, is asked', async t => {
  for (const withPts of [true, false]) {
    const { sandbox, bot, channel, fleet } = await setScene(t)
    const lost = sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 1 })
    channel.post({ text: 'post' })
    await sandbox.waitFor(() => lost.hits === 1)
    const known = statesIn(fleet.batches, bot.id as BotId).channels.get(channel.chatId as ChatId)?.pts ?? 0
    const channelId = bigInt(channel.chatId.replace('-100', ''))
    sandbox.network.push(bot.id, new Api.UpdateShort({ date: 0, update: new Api.UpdateChannelTooLong({ channelId, ...withPts && { pts: known + 1 } }) }))
    t.same(await news(fleet, bot, 1), ['post'])
  }
})
