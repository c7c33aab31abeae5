import t from 'tap'
import { Api } from 'telegram'
import type { BotId } from '../../../src/media.js'
import type { SandboxBot } from '../../../src/sandbox/script/bot.js'
import type { SandboxMessage } from '../../../src/sandbox/script/message.js'
import { statesIn } from '../fixtures/fleet.js'
import { names, news, type Sandbox, setScene, startAgain } from './fixtures/scene.js'

/** From now on no answer that has one of these messages to tell can be read: of a type of a layer to come. */
function makeUnreadable (sandbox: Sandbox, who: SandboxBot, messages: readonly SandboxMessage[]) {
  const places = messages.flatMap(({ model }) => [...model.ids].map(([box, id]) => ({ box, id, pts: box.events.find(event => event.kind === 'new' && event.message === model)?.pts ?? 0 })))
    .filter(({ box }) => box.channel !== null || box.account === who.account)
  const holds = (isChannel: boolean, isThere: (place: { id: number, pts: number }) => boolean) => places.some(place => (place.box.channel !== null) === isChannel && isThere(place))
  const asks = (ids: readonly Api.TypeInputMessage[]) => ({ id }: { id: number }) => ids.some(input => input instanceof Api.InputMessageID && input.id === id)
  return sandbox.faults.add({
    match: ({ event, request }) => {
      if (event !== 'answer') return false
      if (request instanceof Api.updates.GetDifference) return holds(false, ({ pts }) => request.pts < pts && pts <= request.pts + (request.ptsLimit ?? Infinity))
      if (request instanceof Api.updates.GetChannelDifference) return holds(true, ({ pts }) => request.pts < pts && pts <= request.pts + request.limit)
      if (request instanceof Api.messages.GetMessages) return holds(false, asks(request.id))
      return request instanceof Api.channels.GetMessages && holds(true, asks(request.id))
    },
    action: { kind: 'later-layer' }
  })
}

t.test('messages that GramJS cannot read are stepped over: all others come, as news, once, and a walk looks whether more was passed over', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  await fleet.fleet.stop()
  const unreadable: SandboxMessage[] = []
  for (const [index, text] of names('post', 40).entries()) {
    const post = channel.post({ text })
    const letter = user.sendTo(bot, { text: text.replace('post', 'letter') })
    if (index === 7 || index === 8 || index === 30) unreadable.push(post, letter)
  }
  makeUnreadable(sandbox, bot, unreadable)
  const again = startAgain(t, sandbox, bot, fleet)
  const readable = names('', 40).filter((_, index) => ![7, 8, 30].includes(index))
  t.same(await news(again, bot, 74), ['post', 'letter'].flatMap(kind => readable.map(name => `${kind}${name}`)).sort())
  t.same(again.messages(bot.id).filter(({ kind }) => kind !== 'new'), [])
  const [first] = unreadable
  const walks = again.batches.flatMap(({ progress }) => progress.kind === 'moved' && progress.missing ? [progress.missing] : [])
  t.ok(walks.some(({ from, to }) => from === first?.id && from < to), JSON.stringify(walks))
  t.equal(again.said.filter(line => line.startsWith('warn') && line.includes('newer layer')).length, 2, 'once for each box')

  const live = [channel.post({ text: 'post live' }), user.sendTo(bot, { text: 'letter live' })]
  t.equal((await news(again, bot, 76)).filter(text => text.includes('live')).length, live.length)
})

t.test('a push that GramJS cannot read, of a message that it cannot read either, holds up nothing that follows', async t => {
  const { sandbox, bot, user, channel, fleet } = await setScene(t)
  const lost = sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' }, times: 2 })
  const unreadable = [channel.post({ text: 'post lost' }), user.sendTo(bot, { text: 'letter lost' })]
  makeUnreadable(sandbox, bot, unreadable)
  await sandbox.waitFor(() => lost.hits === 2)
  sandbox.network.push(bot.id, { getBytes: () => Buffer.from('efbeadde00000000', 'hex') } as unknown as Api.TypeUpdates)
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  t.same(await news(fleet, bot, 2), ['letter', 'post'])
})

t.test('where it is no message that GramJS cannot read, the own box goes on from now, and channels are asked whether they have news', async t => {
  let later = 0
  const { sandbox, bot, user, channel, fleet } = await setScene(t, { stateMs: 300 }, () => later)
  later = 5_000
  sandbox.faults.add({ match: { event: 'update', accountId: bot.id }, action: { kind: 'lose' } })
  const known = statesIn(fleet.batches, bot.id as BotId).own?.date ?? 0
  const spoiled = sandbox.faults.add({
    match: ({ event, request }) => event === 'answer' && request instanceof Api.updates.GetDifference && request.date < known + 3, action: { kind: 'later-layer' }
  })
  channel.post({ text: 'post' })
  user.sendTo(bot, { text: 'letter' })
  t.same(await news(fleet, bot, 2), ['letter', 'post'])
  await fleet.until('a later state', () => (statesIn(fleet.batches, bot.id as BotId).own?.date ?? 0) >= known + 3)
  t.ok(spoiled.hits > 0)
  user.sendTo(bot, { text: 'another letter' })
  t.same(await news(fleet, bot, 3), ['another letter', 'letter', 'post'])
})

t.test('a letter among others that GramJS cannot read does not stop the reading one by one', async t => {
  const { sandbox, bot, user, fleet } = await setScene(t)
  await fleet.fleet.stop()
  const letters = names('letter', 120).map(text => user.sendTo(bot, { text }))
  makeUnreadable(sandbox, bot, letters.slice(50, 51))
  sandbox.forgetUpdates(bot)
  const again = startAgain(t, sandbox, bot, fleet)
  t.same(await news(again, bot, 119), names('letter', 120).filter(name => name !== 'letter 50').sort())
})
