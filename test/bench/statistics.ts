import t from 'tap'
import { median, percentile } from '../../bench/measure/statistics.js'

t.test('the median is the middle value, or between the two in the middle', async t => {
  t.equal(median([3]), 3)
  t.equal(median([9, 1, 3]), 3)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.ok(Number.isNaN(median([])), 'there is none of nothing')
})

t.test('a percentile is the smallest value that so many do not exceed', async t => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  t.equal(percentile(hundred, 99), 99)
  t.equal(percentile(hundred, 100), 100)
  t.equal(percentile(hundred, 1), 1)
  t.equal(percentile(hundred, 0), 1)
  t.equal(percentile([5, 7], 50), 5)
  t.equal(percentile([5, 7], 51), 7)
  t.ok(Number.isNaN(percentile([], 99)), 'there is none of nothing')
})

t.test('what is given is left in its order', async t => {
  const values = [3, 1, 2]
  median(values)
  percentile(values, 50)
  t.same(values, [3, 1, 2])
})
