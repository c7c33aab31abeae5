import t from 'tap'
import { Api } from 'telegram'
import type { BotId } from '../../../src/media.js'
import { startTestFleet, statesIn } from '../fixtures/fleet.js'
import { names, news, setScene, startAgain } from './fixtures/scene.js'

t.test('where Telegram keeps nothing from so long ago, private messages are read one by one and a channel is to be walked through', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  await fleet.fleet.stop()
  for (const text of names('letter', 120)) user.sendTo(bot, { text })
  user.sendTo(bot, { text: 'deleted' }).delete()
  const posts = names('post', 30).map(text => channel.post({ text }))
  sandbox.forgetUpdates(bot)
  sandbox.forgetUpdates(channel)
  const again = startAgain(t, sandbox, bot, fleet)
  t.same(await news(again, bot, 130), [...names('letter', 120), ...names('post', 30).slice(20)].sort(), 'of the channel the newest')
  const gap = again.batches.map(({ progress }) => progress).find(progress => progress.kind === 'moved' && progress.missing !== undefined)
  t.match(gap, { box: channel.chatId, missing: { from: posts[0]?.id, to: posts[19]?.id } })
  channel.post({ text: 'post live' })
  user.sendTo(bot, { text: 'letter live' })
  t.equal((await news(again, bot, 132)).filter(text => text.includes('live')).length, 2, 'and it goes on from there')
})

t.test('messages are looked for beyond a long deleted chat, each once, also when Telegram asks to wait in between; the way so far is stored', async t => {
  const { sandbox, bot, user, fleet } = await setScene(t)
  await fleet.fleet.stop()
  const states = statesIn(fleet.batches, bot.id as BotId)
  user.sendTo(bot, { text: 'early' })
  for (const text of names('letter', 400)) user.sendTo(bot, { text }).delete()
  user.sendTo(bot, { text: 'late' })
  sandbox.forgetUpdates(bot)
  const asked: number[] = []
  sandbox.faults.add({
    match: ({ event, request }) => {
      if (event !== 'call' || !(request instanceof Api.messages.GetMessages)) return false
      const [first] = request.id
      asked.push(first instanceof Api.InputMessageID ? first.id : 0)
      return asked.length === 3
    },
    action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_1' }
  })
  const again = startAgain(t, sandbox, bot, fleet)
  t.same(await news(again, bot, 2), ['early', 'late'])
  await again.until('the new state', () => again.batches.some(({ progress }) => progress.kind === 'reset'))
  const first = (states.own?.lastMessageId ?? 0) + 1
  t.same(asked.slice(0, 6), [first, first + 100, first + 200, first + 200, first + 300, first + 400])
  t.equal(new Set(asked).size, asked.length - 1, 'only the one that was refused again')
  const steps = again.batches.map(({ progress }) => progress).filter(progress => progress.kind === 'moved' && progress.box === 'own' && progress.from === progress.to.pts)
  t.match(steps[0], { from: states.own?.pts, to: { pts: states.own?.pts, lastMessageId: first, date: states.own?.date } })
})

t.test('messages from before the bot last knew everything are no news where none was seen yet', async t => {
  let later = 0
  const { sandbox, bot, user, fleet } = await setScene(t, {}, () => later)
  await fleet.fleet.stop()
  later = 20_000
  user.sendTo(bot, { text: 'letter' })
  sandbox.forgetUpdates(bot)
  const { own, channels } = statesIn(fleet.batches, bot.id as BotId)
  const again = startTestFleet(t, sandbox, [bot], {
    sessions: fleet.sessions, loadStates: async () => ({ own: own && { ...own, lastMessageId: 0, date: own.date + 10 }, channels })
  })
  await news(again, bot, 1)
  const kinds = again.messages(bot.id).filter(({ text }) => ['hello', 'letter'].includes(text)).map(({ text, kind }) => [text, kind])
  t.same(kinds, [['hello', 'earlier'], ['letter', 'new']])
})

t.test('a state that Telegram does not take begins again: nothing is missed, and old messages are no news', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  await fleet.fleet.stop()
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  const { own, channels } = statesIn(fleet.batches, bot.id as BotId)
  const ahead = new Map([...channels].map(([chatId, state]) => [chatId, { ...state, pts: 9_999 }]))
  const again = startTestFleet(t, sandbox, [bot], { sessions: fleet.sessions, loadStates: async () => ({ own: own && { ...own, pts: 9_999 }, channels: ahead }) })
  t.same(await news(again, bot, 2), ['letter', 'post'])
  t.same(again.messages(bot.id).filter(({ kind }) => kind === 'new').map(({ text }) => text).sort(), ['letter', 'post'])
  await again.until('the new state', () => again.batches.some(({ progress }) => progress.kind === 'reset' && progress.box === 'own'))
})

t.test('what a channel\'s new beginning passes over, since Telegram keeps nothing from so long ago, is to be walked through', async t => {
  const { sandbox, bot, channel, fleet } = await setScene(t)
  await fleet.fleet.stop()
  const posts = names('post', 30).map(text => channel.post({ text }))
  sandbox.forgetUpdates(channel)
  const { own, channels } = statesIn(fleet.batches, bot.id as BotId)
  const ahead = new Map([...channels].map(([chatId, state]) => [chatId, { ...state, pts: 9_999 }]))
  const again = startTestFleet(t, sandbox, [bot], { sessions: fleet.sessions, loadStates: async () => ({ own, channels: ahead }) })
  t.same(await news(again, bot, 10), names('post', 30).slice(20).sort())
  const progress = again.batches.map(({ progress }) => progress).find(({ kind }) => kind === 'reset')
  t.match(progress, { box: channel.chatId, missing: { from: posts[0]?.id, to: posts[19]?.id } })
})
