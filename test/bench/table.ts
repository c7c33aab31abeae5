import t from 'tap'
import { type Goal, isReached } from '../../bench/scenario.js'
import { format, renderRows, rowsOf, widthsOf } from '../../bench/table.js'

const fast: Goal = { what: 'throughput', bound: 'least', value: 0.9, unit: '×' }
const small: Goal = { what: 'memory', bound: 'most', value: 350, unit: 'MB' }
const outcome = { name: 'crowd', title: 'many viewers', goals: [fast, small], findings: [{ goal: small, reached: 351 }], seconds: 1, failure: 'the server has ended\nat line 7' }

t.test('a goal is reached at its bound, and never where nothing was measured', async t => {
  t.ok(isReached({ goal: fast, reached: 0.9 }))
  t.notOk(isReached({ goal: fast, reached: 0.899 }))
  t.ok(isReached({ goal: small, reached: 350 }))
  t.notOk(isReached({ goal: small, reached: 350.1 }))
  t.notOk(isReached({ goal: small, reached: null }))
  t.notOk(isReached({ goal: small, reached: NaN }))
  t.notOk(isReached({ goal: fast, reached: NaN }))
})

t.test('every goal has a row; one without a finding says why, in one line', async t => {
  const rows = rowsOf(outcome)
  t.match(rows[0], { what: 'throughput', toReach: '≥ 0.9 ×', reached: '–', ok: false, note: 'the server has ended' })
  t.match(rows[1], { what: 'memory', toReach: '≤ 350 MB', reached: '351 MB', ok: false, note: '' })
})

t.test('a scenario that ended well without measuring a goal has missed it', async t => {
  t.match(rowsOf({ ...outcome, failure: null })[0], { ok: false, note: 'not measured' })
})

t.test('columns are aligned, and a scenario is named once', async t => {
  const lines = renderRows(rowsOf(outcome), widthsOf([outcome]), true).split('\n')
  t.equal(lines.length, 4)
  t.match(lines[2], /^crowd/)
  t.match(lines[3], /^ +memory/)
  t.equal(lines[2]?.indexOf('≥'), lines[3]?.indexOf('≤'))
})

t.test('figures keep three digits, and more where the goal is close to one', async t => {
  t.equal(format(0.12345, ''), '0.123')
  t.equal(format(12.345, 's'), '12.3 s')
  t.equal(format(4096, 'B'), '4096 B')
  t.equal(format(1.0049, '×'), '1.005 ×')
  t.equal(format(0, ''), '0')
})
