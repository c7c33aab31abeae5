import t from 'tap'
import { msBetween } from '../../src/leases/clock.js'
import { openTerm } from '../../src/leases/term.js'

t.test('a term is sure for as long as a sign of life holds, and never again once it is over', async t => {
  let now = { wall: 0, steady: 0 }
  const term = openTerm('a', now, 3000, () => now)
  now = { wall: 2999, steady: 2999 }
  t.ok(term.isSure())
  now = { wall: 3000, steady: 3000 }
  t.notOk(term.isSure())
  term.confirm({ wall: 2500, steady: 2500 })
  t.ok(term.isSure())
  term.end()
  t.notOk(term.isSure())
  t.ok(term.over.aborted)
})

t.test('a machine that slept and a clock that was set are noticed: the clock that says more counts', async t => {
  const start = { wall: 1_000_000, steady: 50 }
  t.equal(msBetween(start, { wall: 1_600_000, steady: 60 }), 600_000, 'slept')
  t.equal(msBetween(start, { wall: 400_000, steady: 4050 }), 4000, 'set back')
})
