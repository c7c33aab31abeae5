import t from 'tap'
import type { Batch, BotId } from '../../src/media.js'
import { createInbox } from '../../src/telegram/inbox.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { quietLog } from './fixtures/fleet.js'

const timing = { ...defaultTiming, backoffMs: 1, backoffMaxMs: 2 }
const batch = (text: string): Batch => ({
  botId: '1' as BotId,
  messages: [{ kind: 'new', chat: { id: '2' as never, kind: 'private' }, messageId: 1, senderId: '2', text, media: null }]
})

t.test('what waits is bounded: the oldest is dropped, and the log says so', async t => {
  const said: string[] = []
  const taken: string[] = []
  let open = () => {}
  const gate = new Promise<void>(resolve => { open = resolve })
  const deliver = async ({ messages }: Batch) => { await gate; taken.push(messages[0]?.text ?? '') }
  const inbox = createInbox(deliver, timing, { ...quietLog, error: (_facts, message) => { said.push(message) } }, new AbortController().signal)
  for (let i = 0; i < 5_003; i++) inbox.add(batch(`${i}`))
  open()
  await inbox.drained()
  t.equal(taken.length, 5_001)
  t.same(taken.slice(0, 3), ['0', '3', '4'], 'the one under way, and then the oldest that was kept')
  t.equal(taken.at(-1), '5002')
  t.equal(said.length, 2)
})

t.test('stopping ends the repetition of a delivery that keeps failing', async t => {
  const stop = new AbortController()
  let tries = 0
  const inbox = createInbox(async () => { if (++tries === 3) stop.abort(); throw new Error('no database') }, timing, quietLog, stop.signal)
  inbox.add(batch('a'))
  inbox.add(batch('b'))
  await inbox.drained()
  t.equal(tries, 3)
})
