import t from 'tap'
import { createPlaces } from '../../src/http/places.js'

const stay = new AbortController().signal
const refused = { code: 'TOO_MANY_STREAMS', headers: { 'retry-after': '5', 'ratelimit-limit': '2', 'ratelimit-remaining': '0', 'ratelimit-reset': '5' } }

t.test('each client has its own places, and gets them back', async t => {
  const { take } = createPlaces(2, 0)
  const first = await take('a', stay)
  await take('a', stay)
  await t.rejects(take('a', stay), refused)
  await take('b', stay)
  first()
  await take('a', stay)
  await t.rejects(take('a', stay), refused)
})

t.test('giving back twice frees one place only', async t => {
  const { take } = createPlaces(2, 0)
  const leave = await take('a', stay)
  await take('a', stay)
  leave()
  leave()
  await take('a', stay)
  await t.rejects(take('a', stay), refused)
})

t.test('who waits gets the place that comes free, in order', async t => {
  const { take } = createPlaces(2, 60_000)
  const order: string[] = []
  const leaves = [await take('a', stay), await take('a', stay)]
  const waiting = ['third', 'fourth'].map(async name => { const leave = await take('a', stay); order.push(name); return leave })
  await t.rejects(take('a', stay), refused, 'only so many may wait')
  leaves[0]?.()
  await waiting[0]
  t.same(order, ['third'])
  leaves[1]?.()
  await waiting[1]
  t.same(order, ['third', 'fourth'])
})

t.test('who leaves while he waits takes no place', async t => {
  const { take } = createPlaces(1, 60_000)
  const leave = await take('a', stay)
  const gone = new AbortController()
  const waiting = take('a', gone.signal)
  gone.abort(new Error('left'))
  await t.rejects(waiting, { message: 'left' })
  leave()
  const again = await take('a', stay)
  again()
  await t.rejects(take('a', gone.signal), { message: 'left' })
  await take('a', stay)
})

t.test('without a limit everybody enters', async t => {
  const { take } = createPlaces(0)
  for (let count = 0; count < 100; count++) (await take('a', stay))()
  t.pass()
})
