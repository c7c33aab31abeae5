import t from 'tap'
import type { Intake } from '../src/catalogue/intake.js'
import { createIngest } from '../src/ingest.js'
import type { ReceivedMessage } from '../src/media.js'
import { batchOf, chat, receivedMessage, seenMedia } from './fixtures/messages.js'

function startIngest ({ allowed, broken = false, known = 0 }: { allowed?: string, broken?: boolean, known?: number } = {}) {
  const log: string[] = []
  const stored: Intake[] = []
  const told: ReceivedMessage[] = []
  const ingest = createIngest({
    isAllowed: id => allowed === undefined || id === allowed,
    wantsAnswer: message => message.chat.kind === 'private',
    store: async (_, intakes) => {
      if (broken) throw new Error('the database is away')
      log.push('stored')
      stored.push(...intakes)
      return new Set(intakes.slice(known))
    },
    onMessage: (_, message) => { log.push('told'); told.push(message) }
  })
  return { ingest, log, stored, told }
}

t.test('files and the state that covers them are stored before anybody is told, at once', async t => {
  const { ingest, log, stored } = startIngest()
  const batches = [batchOf([receivedMessage(), receivedMessage({ media: null, text: 'hi' })]), batchOf([receivedMessage({ messageId: 8 })])]
  await ingest(batches)
  t.strictSame(log, ['stored', 'told', 'told', 'told'])
  t.strictSame(stored.flatMap(({ sightings }) => sightings), [
    { botId: '5', chatId: '42', messageId: 7, media: seenMedia(), senderId: '42' },
    { botId: '5', chatId: '42', messageId: 8, media: seenMedia(), senderId: '42' }
  ])
  t.strictSame(stored.map(({ progress }) => progress), batches.map(({ progress }) => progress))
})

t.test('what was stored before is not answered again', async t => {
  const { ingest, told } = startIngest({ known: 1 })
  await ingest([batchOf([receivedMessage()]), batchOf([receivedMessage({ messageId: 8 })])])
  t.strictSame(told.map(({ messageId }) => messageId), [8])
})

t.test('messages from before the bot came, and edited ones, are stored and not answered', async t => {
  const { ingest, stored, told } = startIngest()
  await ingest([batchOf([receivedMessage({ kind: 'edited' }), receivedMessage({ kind: 'earlier', messageId: 8 })])])
  t.equal(stored.flatMap(({ sightings }) => sightings).length, 2)
  t.strictSame(told, [])
})

t.test('deleted messages are gone, and edited ones that have no file any more', async t => {
  const { ingest, stored } = startIngest()
  const edited = (messageId: number, media = null as ReceivedMessage['media']) => receivedMessage({ kind: 'edited', messageId, media })
  await ingest([batchOf([edited(1), edited(2), edited(2, seenMedia()), edited(3, seenMedia()), edited(3)], { deletions: [{ chatId: null, messageIds: [9] }] })])
  t.strictSame(stored[0]?.gone, [{ chatId: null, messageIds: [9] }, { chatId: '42', messageIds: [1] }, { chatId: '42', messageIds: [3] }])
})

t.test('what a stranger sends in private is not kept, what is posted in a chat is', async t => {
  const { ingest, stored, told } = startIngest({ allowed: '1' })
  const group = { id: chat('-500'), kind: 'group' as const }
  await ingest([batchOf([receivedMessage(), receivedMessage({ chat: group, messageId: 9 })])])
  t.strictSame(stored.flatMap(({ sightings }) => sightings).map(({ messageId }) => messageId), [9])
  t.strictSame(told.map(({ messageId }) => messageId), [7], 'the stranger is still answered')
})

t.test('when storing fails, nobody is told and the batch is refused', async t => {
  const { ingest, told } = startIngest({ broken: true })
  await t.rejects(ingest([batchOf([receivedMessage()])]), { message: 'the database is away' })
  t.strictSame(told, [])
})
