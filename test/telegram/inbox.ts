import t from 'tap'
import { StateBehind } from '../../src/errors.js'
import type { Batch } from '../../src/media.js'
import { createInbox } from '../../src/telegram/inbox.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { batchOf, bot, receivedMessage } from '../fixtures/messages.js'
import { quietLog } from './fixtures/fleet.js'

const timing = { ...defaultTiming, backoffMs: 1, backoffMaxMs: 2 }
const batch = (text: string): Batch => batchOf([receivedMessage({ text })])
const textsOf = (batches: readonly Batch[]) => batches.flatMap(({ messages }) => messages.map(({ text }) => text))

function startInbox (deliver: (batches: readonly Batch[]) => Promise<void>, signal = new AbortController().signal) {
  const said: string[] = []
  const told = { room: 0, behind: 0 }
  const log = { ...quietLog, error: (_facts: object, message: string) => { said.push(message) } }
  const inbox = createInbox({ deliver, timing, log, onRoom: () => { told.room++ }, onBehind: () => { told.behind++ } }, signal)
  return { inbox, said, told }
}

t.test('what waits is delivered in order and together, and nothing is dropped while delivery fails', async t => {
  const deliveries: string[][] = []
  let failures = 3
  const { inbox, said } = startInbox(async batches => {
    if (failures-- > 0) throw new Error('no database')
    deliveries.push(textsOf(batches))
  })
  for (let i = 0; i < 1_000; i++) inbox.add(batch(`${i}`))
  await inbox.drained()
  t.same(deliveries.flat(), Array.from({ length: 1_000 }, (_, i) => `${i}`))
  t.ok(deliveries.length < 10, `in ${deliveries.length} deliveries`)
  t.same(said, ['what a bot received could not be taken in; it is tried again'], 'one line for the outage')
  t.equal(inbox.waiting(), 0)
})

t.test('who adds is told when it is full, and when there is room again', async t => {
  let open = () => {}
  const gate = new Promise<void>(resolve => { open = resolve })
  const { inbox, told } = startInbox(async () => { await gate })
  let added = 0
  for (; !inbox.isFull(); added++) inbox.add(batch(`${added}`))
  t.equal(added, 1_000, 'each batch counts one and each message one')
  open()
  await inbox.drained()
  t.notOk(inbox.isFull())
  t.equal(told.room, 1)
})

t.test('what does not follow on what is stored is dropped, and who adds begins again', async t => {
  const taken: string[] = []
  const { inbox, told } = startInbox(async batches => {
    if (textsOf(batches).includes('a')) throw new StateBehind(bot(5))
    taken.push(...textsOf(batches))
  })
  inbox.add(batch('a'))
  inbox.add(batch('b'))
  await inbox.drained()
  t.match(told, { behind: 1 })
  t.equal(inbox.waiting(), 0)
  inbox.add(batch('again'))
  await inbox.drained()
  t.equal(taken.at(-1), 'again')
})

t.test('stopping ends the repetition of a delivery that keeps failing', async t => {
  const stop = new AbortController()
  let tries = 0
  const { inbox } = startInbox(async () => { if (++tries === 3) stop.abort(); throw new Error('no database') }, stop.signal)
  inbox.add(batch('a'))
  inbox.add(batch('b'))
  await inbox.drained()
  t.equal(tries, 3)
})
