import t from 'tap'
import { readOptions } from '../../bench/options.js'

const names = ['cost', 'latency', 'rate']

t.test('without arguments everything is measured three times', async t => {
  t.same(readOptions([], names), { only: names, quick: false, strict: false, runs: 3, profile: null })
})

t.test('quick measures once, unless told otherwise', async t => {
  t.equal(readOptions(['--quick'], names).runs, 1)
  t.equal(readOptions(['--quick', '--runs', '5'], names).runs, 5)
})

t.test('scenarios are run in their own order, however they are named', async t => {
  t.same(readOptions(['--only', 'rate, cost'], names).only, ['cost', 'rate'])
})

t.test('what cannot be understood is refused with what can', async t => {
  t.throws(() => readOptions(['--only', 'cost,speed'], names), { code: 'USAGE', message: /no scenario speed; there are cost, latency, rate/ })
  t.throws(() => readOptions(['--only', ','], names), { code: 'USAGE' })
  for (const runs of ['0', '1.5', 'many', '101']) t.throws(() => readOptions(['--runs', runs], names), { code: 'USAGE', message: /whole number from 1 to 100/ })
  t.throws(() => readOptions(['--fast'], names), { code: 'USAGE', message: /--fast/ })
  t.throws(() => readOptions(['cost'], names), { code: 'USAGE' })
})
