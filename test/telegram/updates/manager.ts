import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import type { BotId, ChatId } from '../../../src/media.js'
import type { SandboxBot } from '../../../src/sandbox/script/bot.js'
import type { SandboxMessage } from '../../../src/sandbox/script/message.js'
import { syntheticContent } from '../../../src/sandbox/world/content.js'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { type memorySessions, startTestFleet, statesIn, type TestFleet } from '../fixtures/fleet.js'
import { calls } from '../fixtures/story.js'

type Sandbox = Awaited<ReturnType<typeof startTestSandbox>>
type Teardown = Parameters<typeof startTestFleet>[0]

/** A bot in a channel, and a user who writes to it. */
async function setScene (t: Teardown, timing: NonNullable<Parameters<typeof startTestFleet>[3]>['timing'] = {}, muchLater = () => 0) {
  let later = 0
  const sandbox = await startTestSandbox(t, { now: () => Date.now() + later + muchLater() })
  const bot = sandbox.createBot({ privacy: false })
  const user = sandbox.createUser()
  const channel = sandbox.createChannel({ title: 'films', creator: user })
  channel.add(bot)
  user.startChat(bot)
  // Differences repeat what happened in the second from which they begin: the joining shall not be of that.
  later = 2_000
  const fleet = startTestFleet(t, sandbox, [bot], { timing })
  await fleet.fleet.settled(15_000)
  channel.post({ text: 'first' })
  user.sendTo(bot, { text: 'hello' })
  await fleet.until('the first two', () => ['first', 'hello'].every(text => textsOf(fleet, bot).includes(text)))
  return { sandbox, bot, user, channel, fleet }
}

/** Another life of the bot, which goes on from what the one before stored. */
function startAgain (t: Teardown, sandbox: Sandbox, bot: SandboxBot, { sessions, batches }: { sessions: ReturnType<typeof memorySessions>, batches: TestFleet['batches'] }): TestFleet {
  const states = statesIn(batches, bot.id as BotId)
  return startTestFleet(t, sandbox, [bot], { sessions, loadStates: async () => states })
}

const textsOf = (fleet: TestFleet, { id }: Pick<SandboxBot, 'id'>) => fleet.messages(id).map(({ text }) => text)
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix} ${index}`)

/** What came after the first two, sorted, once it is as many. */
async function news (fleet: TestFleet, bot: SandboxBot, count: number): Promise<string[]> {
  const later = () => textsOf(fleet, bot).filter(text => text !== 'first' && text !== 'hello' && text !== '/start')
  await fleet.until(`${count} messages`, () => later().length >= count)
  return later().sort()
}

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
