import t from 'tap'
import { createIndexing } from '../../src/chat/indexing.js'
import type { BotId, OutgoingMessage, Walk, WalkRequest } from '../../src/media.js'
import { bot, chat, receivedMessage } from '../fixtures/messages.js'

/** Two bots in a group whose owner is 42. */
function startIndexing () {
  const sent: Array<{ botId: BotId, message: OutgoingMessage }> = []
  const queued: WalkRequest[] = []
  const claims = new Map<number, BotId>()
  const index = createIndexing({
    isOwner: id => id === '42',
    usernameOf: id => id === bot(1) ? 'First_Ferry_bot' : id === bot(2) ? 'second_ferry_bot' : null,
    claimAnswer: async (_, messageId, botId) => {
      if (!claims.has(messageId)) claims.set(messageId, botId)
      return claims.get(messageId) === botId
    },
    queue: async request => {
      queued.push(request)
      return { ...request, id: '1', botId: null, cursor: null, state: 'queued', reason: null, messages: 0, files: 0, notice: null } satisfies Walk
    },
    noteNotice: async () => {},
    find: async () => null,
    send: async (botId, message) => sent.push({ botId, message }),
    edit: async () => {}
  })
  let messageId = 0
  const say = async (text: string) => {
    const message = receivedMessage({ chat: { id: chat('-1001234567890'), kind: 'supergroup' }, messageId: ++messageId, media: null, text })
    return await Promise.all([bot(1), bot(2), bot(3)].map(id => index(id, message)))
  }
  return { say, sent, queued }
}

t.test('in a group, /index that names nobody is carried out once, and one that names a bot by that bot', async t => {
  const { say, sent, queued } = startIndexing()
  t.same(await say('/index'), [true, true, true])
  t.equal(queued.length, 1)
  await say('/index@second_ferry_bot 5 10')
  await say('/index@first_ferry_bot')
  t.same(sent.map(({ botId }) => botId), [bot(1), bot(2), bot(1)])
  t.same(queued.slice(1), [{ chatId: '-1001234567890', from: 5, to: 10 }, { chatId: '-1001234567890', from: 1, to: null }])
})

t.test('/index for a bot of somebody else is none of ours, whatever it asks for', async t => {
  const { say, sent, queued } = startIndexing()
  for (const text of ['/index@anyother_bot', '/index@anyother_bot everything', '/index@first_ferry_bot_2']) t.same(await say(text), [false, false, false])
  t.same([sent, queued], [[], []])
})
