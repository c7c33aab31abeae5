import t from 'tap'
import { Api } from 'telegram'
import type { BotId, ChatId } from '../../src/media.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'

t.test('messages that GramJS cannot read are told as there, and hide none of the others', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const channel = sandbox.createChannel({ title: 'films', creator: sandbox.createUser() })
  channel.add(bot)
  const posts = Array.from({ length: 100 }, (_, index) => channel.post({ text: `${index}` }).id)
  const unreadable = [posts[0], posts[37], posts[38], posts[99]]
  sandbox.faults.add({
    match: ({ event, request }) => event === 'answer' && request instanceof Api.channels.GetMessages && request.id.some(input => input instanceof Api.InputMessageID && unreadable.includes(input.id)),
    action: { kind: 'later-layer' }
  })
  const { fleet, said } = startTestFleet(t, sandbox, [bot])
  await fleet.settled(15_000)
  const look = async () => await fleet.history(bot.id as BotId).read(channel.chatId as ChatId, posts, new AbortController().signal)
  const found = await look()
  t.same(found.map(({ messageId }) => messageId), posts)
  t.same(found.filter(({ isUnreadable }) => isUnreadable).map(({ messageId }) => messageId), unreadable)
  t.same(await look(), found)
  t.equal(said.filter(line => line.startsWith('warn') && line.includes('newer layer')).length, 1, 'and the log says so once')
})

t.test('a chat that has no history to read is gone for a walk, and not a trouble that passes', async t => {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const { fleet } = startTestFleet(t, sandbox, [bot])
  await fleet.settled(15_000)
  const { read, bound } = fleet.history(bot.id as BotId)
  const never = new AbortController().signal
  for (const chatId of ['-10012345', '42'] as ChatId[]) {
    await t.rejects(bound(chatId, never), { code: 'SOURCE_GONE', message: /neither a channel nor a supergroup/ })
    await t.rejects(read(chatId, [1], never), { code: 'SOURCE_GONE' })
  }
})
