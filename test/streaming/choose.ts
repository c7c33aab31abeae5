import t from 'tap'
import { choose } from '../../src/streaming/choose.js'
import type { Option } from '../../src/streaming/choose.js'

const option = (name: string, change: Partial<Option> = {}) => ({ name, opensAt: 0, expectedMs: 100, isSuspect: false, isInUse: false, ...change })
const chosen = (options: Array<ReturnType<typeof option>>, neededInMs = 0, random = 0) => {
  const choice = choose(options, neededInMs, 0, () => random)
  return typeof choice === 'number' ? choice : choice.name
}

t.test('among about equal ways each has its turn, and the stream keeps to those that it uses', async t => {
  const options = [option('A'), option('B', { expectedMs: 110 }), option('C', { expectedMs: 400 })]
  t.same(new Set([0, 0.3, 0.6, 0.99].map(random => chosen(options, 0, random))), new Set(['A', 'B']))
  const used = [option('A'), option('B', { expectedMs: 300 }), option('C', { expectedMs: 190, isInUse: true })]
  t.same([0, 0.99].map(random => chosen(used, 0, random)), ['A', 'C'])
})

t.test('a slow way is taken only where it is not later than waiting for a better one, or than the viewer', async t => {
  const options = [option('fast', { opensAt: Infinity, expectedMs: 200 }), option('slow', { expectedMs: 900 })]
  t.equal(chosen(options), Infinity)
  t.equal(chosen(options, 1000), 'slow')
  t.equal(chosen([option('fast', { opensAt: 1000, expectedMs: 200 }), option('slow', { expectedMs: 900 })]), 'slow')
})

t.test('who is suspect is taken only where nobody else is left', async t => {
  t.equal(chosen([option('A', { isSuspect: true }), option('B', { opensAt: 50 })]), 50)
  t.equal(chosen([option('A', { isSuspect: true })]), 'A')
})

t.test('a way of which nothing is known counts as much as the best of the others, so that it is tried', async t => {
  t.same(new Set([0, 0.99].map(random => chosen([option('A'), option('new', { expectedMs: null })], 0, random))), new Set(['A', 'new']))
})
