import t from 'tap'
import { createIngest } from '../src/ingest.js'
import type { ReceivedMessage, Sighting } from '../src/media.js'
import { bot, chat, receivedMessage, seenMedia } from './fixtures/messages.js'

function startIngest ({ allowed, broken = false }: { allowed?: string, broken?: boolean } = {}) {
  const log: string[] = []
  const stored: Sighting[] = []
  const told: ReceivedMessage[] = []
  const ingest = createIngest({
    isAllowed: id => allowed === undefined || id === allowed,
    record: async sightings => {
      if (broken) throw new Error('the database is away')
      log.push('stored')
      stored.push(...sightings)
    },
    onMessage: (_, message) => { log.push('told'); told.push(message) }
  })
  return { ingest, log, stored, told }
}

t.test('files are stored before anybody is told of them, as one batch', async t => {
  const { ingest, log, stored } = startIngest()
  await ingest({ botId: bot(5), messages: [receivedMessage(), receivedMessage({ media: null, text: 'hi' }), receivedMessage({ messageId: 8 })] })
  t.strictSame(log, ['stored', 'told', 'told', 'told'])
  t.strictSame(stored, [
    { botId: '5', chatId: '42', messageId: 7, media: seenMedia() },
    { botId: '5', chatId: '42', messageId: 8, media: seenMedia() }
  ])
})

t.test('an edited message is stored and not answered again', async t => {
  const { ingest, stored, told } = startIngest()
  await ingest({ botId: bot(5), messages: [receivedMessage({ kind: 'edited' })] })
  t.equal(stored.length, 1)
  t.strictSame(told, [])
})

t.test('what a stranger sends in private is not kept, what is posted in a chat is', async t => {
  const { ingest, stored, told } = startIngest({ allowed: '1' })
  const group = { id: chat('-500'), kind: 'group' as const }
  await ingest({ botId: bot(5), messages: [receivedMessage(), receivedMessage({ chat: group, messageId: 9 })] })
  t.strictSame(stored.map(({ messageId }) => messageId), [9])
  t.equal(told.length, 2, 'the stranger is still answered')
})

t.test('when storing fails, nobody is told and the batch is refused', async t => {
  const { ingest, told } = startIngest({ broken: true })
  await t.rejects(ingest({ botId: bot(5), messages: [receivedMessage()] }), { message: 'the database is away' })
  t.strictSame(told, [])
})
