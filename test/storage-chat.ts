import t from 'tap'
import type { Sighting } from '../src/media.js'
import { createStorageChat } from '../src/storage-chat.js'
import { bot, chat, receivedMessage, seenMedia } from './fixtures/messages.js'

function startStorageChat ({ lacking = true, claimed = true, allowed = true, message = receivedMessage() } = {}) {
  const stored: Sighting[] = []
  const copied: number[] = []
  const share = createStorageChat({
    storageChatId: chat('-1001'),
    isAllowed: () => allowed,
    isLacking: async () => lacking,
    claim: async () => claimed,
    copyToChat: async (_, message) => {
      copied.push(message.messageId)
      return { messageId: 99, media: seenMedia({ fileId: 'from-the-copy' }) }
    },
    keep: async sighting => { stored.push(sighting) }
  })
  return { share: () => share(bot(5), message), stored, copied }
}

t.test('a file that another bot lacks is copied, and the copy is noted as a sighting', async t => {
  const { share, stored, copied } = startStorageChat()
  await share()
  t.strictSame(copied, [7])
  t.strictSame(stored, [{ botId: '5', chatId: '-1001', messageId: 99, media: seenMedia({ fileId: 'from-the-copy' }) }])
})

t.test('nothing is copied when every bot can read the file, or when another bot copies it', async t => {
  for (const options of [{ lacking: false }, { claimed: false }]) {
    const { share, copied } = startStorageChat(options)
    await share()
    t.strictSame(copied, [])
  }
})

t.test('only files are copied, from private chats, of those who may use the bots', async t => {
  const channel = { id: chat('-1002'), kind: 'channel' as const }
  for (const options of [{ allowed: false }, { message: receivedMessage({ media: null }) }, { message: receivedMessage({ chat: channel }) }]) {
    const { share, copied } = startStorageChat(options)
    await share()
    t.strictSame(copied, [])
  }
})
