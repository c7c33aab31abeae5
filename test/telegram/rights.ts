import t from 'tap'
import type { BotId, ChatId } from '../../src/media.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'

t.test('a bot may post for the others in a channel where it has the right to, and in no group', async t => {
  const sandbox = await startTestSandbox(t)
  const [bot, other] = [sandbox.createBot(), sandbox.createBot()]
  const user = sandbox.createUser()
  const { fleet } = startTestFleet(t, sandbox, [bot])
  await fleet.settled(15_000)
  const mayPost = async (chatId: string) => await fleet.mayPost(bot.id as BotId, chatId as ChatId)

  const channel = sandbox.createChannel({ title: 'storage', creator: user })
  t.match(await mayPost(channel.chatId), /it cannot see the chat -100\d+ \(CHANNEL_\w+\): check the id/)
  channel.add(bot)
  t.equal(await mayPost(channel.chatId), null)

  const group = sandbox.createSupergroup({ title: 'friends', creator: user })
  for (const member of [bot, other]) group.add(member, { admin: true })
  t.match(await mayPost(group.chatId), /^the chat -100\d+ is a group, where bots do not see what other bots post: use a channel$/)
})
