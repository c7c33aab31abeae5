import t from 'tap'
import { createConversation } from '../../src/chat/conversation.js'
import type { BotId, MediaId, OutgoingMessage } from '../../src/media.js'
import { bot, chat, receivedMessage, seenMedia } from '../fixtures/messages.js'
import { testKeeper } from './fixtures/keeper.js'

function startConversation ({ replyInChats = false, allowed }: { replyInChats?: boolean, allowed?: string[] } = {}) {
  const sent: Array<{ botId: BotId, message: OutgoingMessage }> = []
  const claims = new Map<string, BotId>()
  const { keeper, add } = testKeeper()
  const answerStored = createConversation({
    keeper,
    replyInChats,
    isAllowed: id => allowed === undefined || (id !== null && allowed.includes(id)),
    index: async () => false,
    claimAnswer: async (chatId, messageId, botId) => {
      const key = `${chatId}/${messageId}`
      if (!claims.has(key)) claims.set(key, botId)
      return claims.get(key) === botId
    },
    send: async (botId, message) => { sent.push({ botId, message }) }
  })
  // What a message carries is stored before it is answered.
  const answer: typeof answerStored = async (botId, message) => {
    if (message.media !== null) add(message.media, [message.senderId ?? '0'])
    await answerStored(botId, message)
  }
  return { answer, sent, texts: () => sent.map(({ message }) => message.text.map(part => typeof part === 'string' ? part : part.code).join('')) }
}

t.test('a private file is answered with its name, its size, and its link as buttons and as text', async t => {
  const { answer, sent } = startConversation()
  await answer(bot(1), receivedMessage({ media: seenMedia({ name: 'Über uns.mp4' }) }))
  const url = 'https://files.example.org/download/AgADxyz/%C3%9Cber%20uns.mp4'
  t.strictSame(sent, [{
    botId: '1',
    message: {
      chatId: '42',
      replyTo: 7,
      text: ['Über uns.mp4\n1.5 GB\n\n', { code: url }],
      buttons: [[{ text: 'Open', url }, { text: 'Watch', url: 'https://files.example.org/watch/AgADxyz' }], [{ text: 'Revoke', data: 'revoke:AgADxyz' }]]
    }
  }])
})

t.test('/start greets, and any other text gets the help', async t => {
  const { answer, texts } = startConversation()
  for (const text of ['/start', '/start payload', '/help', 'hello', '/startle']) await answer(bot(1), receivedMessage({ media: null, text }))
  t.strictSame(texts().map(text => text.startsWith('Welcome')), [true, true, false, false, false])
  t.ok(texts().every(text => text.includes('Send or forward me a file')))
})

t.test('strangers are refused politely and told the id that their admission needs', async t => {
  const { answer, texts, sent } = startConversation({ allowed: ['1'] })
  await answer(bot(1), receivedMessage({ senderId: '42' }))
  t.match(texts()[0], /Sorry.*42$/)
  t.equal(sent[0]?.message.buttons, undefined)
})

t.test('groups and channels get no answer by default', async t => {
  const { answer, sent } = startConversation()
  for (const kind of ['group', 'supergroup', 'channel'] as const) await answer(bot(1), receivedMessage({ chat: { id: chat('-100500'), kind } }))
  t.strictSame(sent, [])
})

t.test('where chats are answered, exactly one bot answers each file, and nobody answers text', async t => {
  const { answer, sent } = startConversation({ replyInChats: true })
  const channel = { id: chat('-1001234567890'), kind: 'channel' as const }
  for (const id of [2, 1, 3, 2]) await answer(bot(id), receivedMessage({ chat: channel, senderId: null }))
  await answer(bot(1), receivedMessage({ chat: channel, senderId: null, messageId: 8, media: null, text: '/start' }))
  t.strictSame(sent.map(({ botId }) => botId), ['2', '2'], 'a message delivered again is answered by the same bot, so that Telegram refuses the repetition')
})

t.test('in a group only those who may use the bots are answered', async t => {
  const { answer, sent } = startConversation({ replyInChats: true, allowed: ['1'] })
  const group = { id: chat('-500'), kind: 'group' as const }
  await answer(bot(1), receivedMessage({ chat: group, senderId: '42' }))
  await answer(bot(1), receivedMessage({ chat: group, senderId: '1', messageId: 8 }))
  t.strictSame(sent.map(({ message }) => message.replyTo), [8])
})

t.test('in a basic group, where each bot counts messages on its own, exactly one bot answers each file', async t => {
  const { answer, sent } = startConversation({ replyInChats: true })
  const group = { id: chat('-500'), kind: 'group' as const }
  const post = async (botId: number, messageId: number, id: string) => await answer(bot(botId), receivedMessage({ chat: group, messageId, media: seenMedia({ id: id as MediaId }) }))
  await post(1, 10, 'first')
  await post(2, 11, 'second')
  await post(2, 10, 'first')
  await post(1, 11, 'second')
  await post(1, 12, 'first')
  t.strictSame(sent.map(({ botId, message }) => `${botId} to ${message.replyTo}`), ['1 to 10', '2 to 11', '1 to 12'])
})
