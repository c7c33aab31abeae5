import t from 'tap'
import { createFollowUp } from '../src/follow-up.js'
import type { ReceivedMessage } from '../src/media.js'
import { createOutbox } from '../src/outbox.js'
import { bot, receivedMessage } from './fixtures/messages.js'

function startFollowUp ({ failing = [] as Error[], open = [] as ReceivedMessage[] } = {}) {
  const did: string[] = []
  const done: number[] = []
  const outbox = createOutbox(() => {})
  const followUp = createFollowUp({
    tasks: {
      answers: async (_, { messageId }) => { did.push(`answer ${messageId}`) },
      copies: async (_, { messageId }) => {
        const error = failing.shift()
        if (error !== undefined) throw error
        did.push(`copy ${messageId}`)
      }
    },
    add: outbox.add,
    isFinal: error => error instanceof TypeError,
    done: async (_, { messageId }) => { done.push(messageId) },
    findOpen: async () => open
  })
  return { ...followUp, did, done, drained: outbox.drained }
}

t.test('a message is done when everything was done', async t => {
  const { start, did, done, drained } = startFollowUp()
  start(bot(5), receivedMessage())
  start(bot(5), receivedMessage())
  await drained()
  t.same(did.sort(), ['answer 7', 'copy 7'], 'once, while it is under way')
  t.same(done, [7])
})

t.test('what failed stays open and is done again when it is resumed; what can never succeed is done with', async t => {
  const open = [receivedMessage()]
  const { start, resume, done, drained } = startFollowUp({ failing: [new Error('no connection'), new TypeError('never')], open })
  start(bot(5), receivedMessage())
  await drained()
  t.same(done, [])
  await resume(bot(5))
  await drained()
  t.same(done, [7])
})
