import t from 'tap'
import { getEventListeners } from 'node:events'
import { orAbort, within } from '../../src/telegram/within.js'

const late = () => new Error('late')
const never = new Promise<never>(() => {})

t.test('the promise\'s own outcome counts when it is in time', async t => {
  t.equal(await within(Promise.resolve(5), 10_000, late), 5)
  await t.rejects(within(Promise.reject(new Error('own')), 10_000, late), { message: 'own' })
})

t.test('what takes too long is late', async t => {
  await t.rejects(within(never, 1, late), { message: 'late' })
})

t.test('an abort ends the waiting with its reason, before and during it, and leaves no listener', async t => {
  const reason = new Error('gone')
  for (const wait of [(signal: AbortSignal) => within(never, 10_000, late, signal), (signal: AbortSignal) => orAbort(never, signal)]) {
    const abort = new AbortController()
    const waiting = wait(abort.signal)
    abort.abort(reason)
    await t.rejects(waiting, reason)
    await t.rejects(wait(abort.signal), reason)
  }
})

t.test('a hundred thousand waits leave nothing on the signal', async t => {
  const { signal } = new AbortController()
  for (let i = 0; i < 100_000; i++) await within(Promise.resolve(i), 10_000, late, signal)
  await orAbort(Promise.resolve(1), signal)
  t.equal(getEventListeners(signal, 'abort').length, 0)
})
