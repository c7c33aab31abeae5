import t from 'tap'
import { Api } from 'telegram'
import type { TelegramClient } from 'telegram'
import { startTestSandbox } from '../../fixtures/sandbox.js'
import { failureOf, logIn } from '../fixtures/client.js'
import { channelInput } from '../fixtures/peers.js'

const difference = (state: Api.updates.State, more: Partial<Api.updates.GetDifference> = {}) => new Api.updates.GetDifference({ pts: state.pts, date: state.date, qts: state.qts, ...more })
const textsOf = (messages: readonly Api.TypeMessage[]) => messages.map(message => message instanceof Api.Message ? message.message : message.className)

/** Asks until there is no more; the answers' messages and other updates, and how many answers it took. */
async function catchUp (client: TelegramClient, from: Api.updates.State) {
  const [messages, others]: [Api.TypeMessage[], Api.TypeUpdate[]] = [[], []]
  for (let [state, answers] = [from, 1]; ; answers++) {
    const answer = await client.invoke(difference(state))
    if (!(answer instanceof Api.updates.Difference || answer instanceof Api.updates.DifferenceSlice)) return { messages, others, state, answers }
    messages.push(...answer.newMessages)
    others.push(...answer.otherUpdates)
    if (answer instanceof Api.updates.Difference) return { messages, others, state: answer.state, answers }
    state = answer.intermediateState
  }
}

t.test('every update counts on from the last one in its box', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const { client, updates, next } = await logIn(t, sandbox, bot)
  const { pts } = await client.invoke(new Api.updates.GetState())

  for (const text of ['one', 'two', 'three']) user.sendTo(bot, { text })
  await next(Api.UpdateShortMessage, update => update.message === 'three')

  const counted = updates.flatMap(update => 'pts' in update && 'ptsCount' in update ? [[update.pts, update.ptsCount]] : [])
  t.same(counted, [[pts + 1, 1], [pts + 2, 1], [pts + 3, 1]])
  t.equal((await client.invoke(new Api.updates.GetState())).pts, pts + 3)
})

t.test('the difference brings what was missed as it is now, in slices', async t => {
  const sandbox = await startTestSandbox(t, { settings: { differenceLimit: 3 } })
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const old = user.sendTo(bot, { text: 'old' })
  const older = user.sendTo(bot, { text: 'older' })
  const { client } = await logIn(t, sandbox, bot)
  const state = await client.invoke(new Api.updates.GetState())
  sandbox.disconnect({ accountId: bot.id })

  const missed = Array.from({ length: 8 }, (_, index) => user.sendTo(bot, { text: `missed ${index}` }))
  missed[2]?.delete()
  missed[3]?.edit({ text: 'changed' })
  old.edit({ text: 'old, changed' })
  older.delete()
  const { messages, others, answers, state: reached } = await catchUp(client, state)

  t.same(textsOf(messages), ['missed 0', 'missed 1', 'changed', 'missed 4', 'missed 5', 'missed 6', 'missed 7'])
  t.same(others.flatMap(update => update instanceof Api.UpdateEditMessage ? textsOf([update.message]) : []), ['changed', 'old, changed'])
  t.same(others.flatMap(update => update instanceof Api.UpdateDeleteMessages ? update.messages : []), [missed[2]?.idFor(bot), older.idFor(bot)])
  t.equal(answers, 4)
  t.ok((await client.invoke(difference(reached))) instanceof Api.updates.DifferenceEmpty)
})

t.test('a bot that was away too long is told so', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const user = sandbox.createUser()
  const { client } = await logIn(t, sandbox, bot)
  const state = await client.invoke(new Api.updates.GetState())
  for (const text of ['one', 'two', 'three']) user.sendTo(bot, { text })

  const tooMany = await client.invoke(difference(state, { ptsTotalLimit: 2 }))
  sandbox.forgetUpdates(bot)
  const forgotten = await client.invoke(difference(state))

  t.ok(tooMany instanceof Api.updates.DifferenceTooLong && tooMany.pts === state.pts + 3)
  t.ok(forgotten instanceof Api.updates.DifferenceTooLong)
  t.equal(await failureOf(client.invoke(difference(state, { pts: 0 }))), '400 PERSISTENT_TIMESTAMP_EMPTY')
  t.equal(await failureOf(client.invoke(difference(state, { pts: 999 }))), '400 PERSISTENT_TIMESTAMP_INVALID')
  t.equal(await failureOf(client.invoke(difference(state, { date: 0 }))), '400 DATE_EMPTY')
})

t.test('channels are caught up with one by one, up to `final`', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const channel = sandbox.createChannel({ title: 'films' })
  channel.add(bot)
  const { client, next } = await logIn(t, sandbox, bot)
  const first = channel.post({ text: 'seen' })
  const { pts } = await next(Api.UpdateNewChannelMessage)
  const state = await client.invoke(new Api.updates.GetState())
  const since = (pts: number, limit: number) => client.invoke(new Api.updates.GetChannelDifference({ channel: channelInput(channel), filter: new Api.ChannelMessagesFilterEmpty(), pts, limit }))

  channel.post({ text: 'missed one' })
  channel.post({ text: 'missed two' })
  first.edit({ text: 'seen, changed' })
  const hint = await client.invoke(difference(state))
  const part = await since(pts, 2)
  const rest = await since(pts + 2, 100_000)

  t.ok(hint instanceof Api.updates.Difference && hint.otherUpdates.some(update => update instanceof Api.UpdateChannelTooLong && update.pts === pts + 3))
  t.ok(part instanceof Api.updates.ChannelDifference && part.final !== true && part.pts === pts + 2)
  t.same(part instanceof Api.updates.ChannelDifference && textsOf(part.newMessages), ['missed one', 'missed two'])
  t.ok(rest instanceof Api.updates.ChannelDifference && rest.final === true && rest.otherUpdates[0] instanceof Api.UpdateEditChannelMessage)
  const nothing = await since(pts + 3, 100)
  t.ok(nothing instanceof Api.updates.ChannelDifferenceEmpty && nothing.final === true && nothing.pts === pts + 3)
  sandbox.forgetUpdates(channel)
  const tooLong = await since(pts, 100)
  t.ok(tooLong instanceof Api.updates.ChannelDifferenceTooLong && tooLong.dialog instanceof Api.Dialog && tooLong.dialog.pts === pts + 3)
  t.equal(await failureOf(since(pts + 9, 100)), '400 PERSISTENT_TIMESTAMP_INVALID')
  channel.remove(bot)
  t.equal(await failureOf(since(pts, 100)), '406 CHANNEL_PRIVATE')
})

t.test('a message that was changed while the bot was away comes once, as it is now', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client } = await logIn(t, sandbox, bot)
  const state = await client.invoke(new Api.updates.GetState())

  sandbox.createUser().sendTo(bot, { text: 'first' }).edit({ text: 'second' })
  const { messages, others } = await catchUp(client, state)

  t.same(textsOf(messages), ['second'])
  t.same(others, [])
})

t.test('joining and leaving a channel is told with qts and by updateChannel', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { client, next } = await logIn(t, sandbox, bot)
  const state = await client.invoke(new Api.updates.GetState())
  const channel = sandbox.createChannel({ title: 'films' })

  channel.add(bot)
  const joined = await next(Api.UpdateChannelParticipant)
  await next(Api.UpdateChannel)
  channel.remove(bot)
  const left = await next(Api.UpdateChannelParticipant, update => update.newParticipant === null)
  const { others } = await catchUp(client, state)

  t.ok(joined.newParticipant instanceof Api.ChannelParticipantAdmin && joined.qts === state.qts + 1)
  t.equal(left.qts, state.qts + 2)
  t.same(others.flatMap(update => update instanceof Api.UpdateChannelParticipant ? [update.qts] : []), [state.qts + 1, state.qts + 2])
})
