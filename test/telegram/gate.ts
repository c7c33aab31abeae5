import t from 'tap'
import { createGate } from '../../src/telegram/gate.js'

t.test('whoever waits gets what comes, and whoever comes later gets it at once', async t => {
  const gate = createGate<number>()
  const waiting = [gate.wait(), gate.wait()]
  t.equal(gate.value(), null)
  gate.open(5)
  t.same(await Promise.all([...waiting, gate.wait()]), [5, 5, 5])
})

t.test('what has gone again is waited for again', async t => {
  const gate = createGate<number>()
  const early = gate.wait()
  gate.open(1)
  gate.shut()
  gate.open(2)
  t.equal(await early, 2)
  gate.shut()
  const late = gate.wait()
  gate.open(3)
  t.equal(await late, 3)
})

t.test('what never comes is told to all, before and after', async t => {
  const gate = createGate<number>()
  const waiting = gate.wait()
  gate.fail(new Error('gone'))
  await t.rejects(waiting, { message: 'gone' })
  await t.rejects(gate.wait(), { message: 'gone' })
})
