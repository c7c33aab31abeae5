import t from 'tap'
import { createIndexing, type IndexingOptions } from '../../src/chat/indexing.js'
import type { BotId, ChatId, EditedMessage, OutgoingMessage, Walk, WalkRequest } from '../../src/media.js'
import { bot, chat, receivedMessage } from '../fixtures/messages.js'

/** Two bots in a group whose owner is 42. */
function startIndexing (found: Partial<Walk> | null = null, { underway = [], edit }: { underway?: ReadonlyArray<Partial<Walk>>, edit?: IndexingOptions['edit'] } = {}) {
  const sent: Array<{ botId: BotId, message: OutgoingMessage }> = []
  const queued: WalkRequest[] = []
  const cancelled: ChatId[] = []
  const edited: EditedMessage[] = []
  const walk: Walk = { chatId: chat('-1001234567890'), from: 1, to: 9, id: '1', botId: null, cursor: null, state: 'queued', reason: null, messages: 0, files: 0, notice: null }
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
      return { ...walk, ...request }
    },
    noteNotice: async () => {},
    find: async () => found && { ...walk, ...found },
    cancel: async chatId => {
      cancelled.push(chatId)
      return underway.map(changes => ({ ...walk, ...changes, state: 'cancelled' }))
    },
    send: async (botId, message) => sent.push({ botId, message }),
    edit: async (botId, message) => {
      edited.push(message)
      await edit?.(botId, message)
    }
  })
  let messageId = 0
  const say = async (text: string) => {
    const message = receivedMessage({ chat: { id: chat('-1001234567890'), kind: 'supergroup' }, messageId: ++messageId, media: null, text })
    return await Promise.all([bot(1), bot(2), bot(3)].map(id => index(id, message)))
  }
  /** In a basic group each bot has numbers of its own, and what is one's may be another's of another message. */
  const sayInGroup = async (text: string, numbers: readonly number[]) => {
    const message = receivedMessage({ chat: { id: chat('-4012345'), kind: 'group' }, media: null, text })
    return await Promise.all(numbers.map((messageId, position) => index(bot(position + 1), { ...message, messageId })))
  }
  return { say, sayInGroup, sent, edited, queued, cancelled }
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

t.test('in a basic group, where each bot counts messages on its own, each command is carried out once', async t => {
  const { sayInGroup, queued, sent } = startIndexing()
  await sayInGroup('/index -1001234567890', [7, 9])
  await sayInGroup('/index -1009876543210', [9, 7])
  t.same(queued.map(({ chatId }) => chatId), ['-1001234567890', '-1009876543210'])
  t.equal(sent.length, 2)
})

t.test('/index stop ends what is under way in the chat that is named, or in this one', async t => {
  const { say, sent, queued, cancelled } = startIndexing()
  for (const text of ['/index stop', '/index stop -1009876543210', '/index@second_ferry_bot stop https://t.me/c/5555555555/1']) await say(text)
  t.same(cancelled, ['-1001234567890', '-1009876543210', '-1005555555555'])
  t.match(sent[0]?.message.text, ['Nothing is being indexed in ', { code: '-1001234567890' }])
  for (const text of ['/index stop everything', '/index stop -1009876543210 1']) await say(text)
  t.equal(cancelled.length, 3)
  t.match(sent[4]?.message.text, [/^Write \/index and the id/])
  t.same(queued, [])
})

t.test('/index stop is answered whatever becomes of the live messages', async t => {
  const noticeOf = (id: number) => ({ botId: bot(id), chatId: chat('-1001234567890'), messageId: id })
  const { say, sent, edited } = startIndexing(null, {
    underway: [{ cursor: 301, notice: noticeOf(1) }, { cursor: 101, botId: bot(2), notice: noticeOf(2) }, { cursor: 101, botId: bot(3) }],
    // Somebody deleted one; the bot of the other is away.
    edit: async botId => { await (botId === bot(1) ? Promise.reject(new Error('MESSAGE_ID_INVALID')) : new Promise(() => {})) }
  })
  await say('/index stop')
  t.match(sent, [{ message: { text: ['Indexing was stopped: ', { code: '-1001234567890' }, '\n', /./, { code: '/index -1001234567890 301' }] } }])
  t.same(edited.map(({ messageId }) => messageId), [1, 2])
})

t.test('a number that no message has is not taken for one', async t => {
  const { say, sent, queued } = startIndexing()
  for (const text of ['/index 1 3000000000', '/index 3000000000', '/index 5 2147483647', '/index 0', '/index 9 8', '/index 1 2 3', '/index 1 x']) await say(text)
  t.same(queued, [])
  t.equal(sent.filter(({ message }) => /^Write \/index and the id/.test(String(message.text[0]))).length, 7)
  await say('/index 5 2147483646')
  t.match(queued, [{ from: 5, to: 2_147_483_646 }])
})

t.test('/index for a bot of somebody else is none of ours, whatever it asks for', async t => {
  const { say, sent, queued } = startIndexing()
  for (const text of ['/index@anyother_bot', '/index@anyother_bot everything', '/index@first_ferry_bot_2']) t.same(await say(text), [false, false, false])
  t.same([sent, queued], [[], []])
})

t.test('a walk that ended before it was known where to show it is shown as it ended', async t => {
  for (const [state, text] of [['done', 'Indexed: '], ['failed', 'Indexing failed: '], ['cancelled', 'Indexing was stopped: ']] as const) {
    const { say, edited } = startIndexing({ state })
    await say('/index')
    t.equal(edited[0]?.text[0], text)
  }
  const unseen = startIndexing({ state: 'done' }, { edit: async () => { throw new Error('no connection') } })
  t.same(await unseen.say('/index'), [true, true, true], 'nothing is left that another try would do, such as one more walk')
  const { say, edited } = startIndexing({ state: 'running' })
  await say('/index')
  t.same(edited, [])
})
