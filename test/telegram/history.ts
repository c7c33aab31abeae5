import t from 'tap'
import type { BotId, ChatId } from '../../src/media.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'

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
