import t from 'tap'
import { createRests } from '../../src/telegram/rests.js'

t.test('a bot rests at one data centre as long as asked, to the second', async t => {
  let now = 1_000
  const rests = createRests(() => now, () => now + 999_000)
  rests.begin(4, 10)
  t.throws(() => rests.check(4), { code: 'SOURCE_RESTING', retryAfterSeconds: 10 })
  t.doesNotThrow(() => rests.check(2))
  t.match(rests.current(), { dcId: 4, until: new Date(1_010_000) })
  now += 9_001
  t.throws(() => rests.check(4), { code: 'SOURCE_RESTING', retryAfterSeconds: 1 })
  now += 999
  t.doesNotThrow(() => rests.check(4))
  t.equal(rests.current(), null)
})

t.test('a shorter wait does not cut a longer one', async t => {
  const rests = createRests(() => 0)
  rests.begin(4, 10)
  rests.begin(4, 3)
  rests.begin(2, 5)
  t.throws(() => rests.check(4), { code: 'SOURCE_RESTING', retryAfterSeconds: 10 })
  t.match(rests.current(), { dcId: 4 })
})
