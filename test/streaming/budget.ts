import t from 'tap'
import { createBudget } from '../../src/streaming/budget.js'

t.test('what is held is what was held less what was released, and a closed account holds nothing', async t => {
  const budget = createBudget(100, 10)
  const [one, other] = [budget.open(), budget.open()]
  budget.hold(one, 60)
  budget.hold(other, 30)
  budget.release(one, 20)
  t.same({ used: budget.used(), one: one.held, other: other.held, share: budget.share() }, { used: 70, one: 40, other: 30, share: 50 })
  budget.close(one)
  budget.release(one, 20)
  budget.hold(one, 20)
  t.same({ used: budget.used(), share: budget.share() }, { used: 30, share: 100 })
})

t.test('with all memory spent, only a stream with nothing ahead gets a short chunk', async t => {
  const budget = createBudget(100, 10)
  const one = budget.open()
  t.equal(budget.allows(100, false), true)
  budget.hold(one, 100)
  t.equal(budget.allows(1, false), false)
  t.equal(budget.allows(10, true), true)
  t.equal(budget.allows(11, true), false)
})
