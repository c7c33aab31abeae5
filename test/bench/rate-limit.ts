import t from 'tap'
import { createRateLimit } from '../../bench/stage/rate-limit.js'

const spec = { perSecond: 20, waitSeconds: 3 }

t.test('who asks at the allowed rate is never refused', async t => {
  const { refuses } = createRateLimit(spec)
  const refused = Array.from({ length: 1000 }, (_, index) => refuses(index * 50)).filter(Boolean)
  t.equal(refused.length, 0)
})

t.test('one second\'s worth may come at once, the next request is refused', async t => {
  const { refuses } = createRateLimit(spec)
  const answers = Array.from({ length: 21 }, () => refuses(1000))
  t.same(answers, [...Array.from({ length: 20 }, () => false), true])
})

t.test('who was refused is refused until the wait is over, however little he asks', async t => {
  const { refuses } = createRateLimit(spec)
  for (let count = 0; count < 21; count++) refuses(0)
  t.equal(refuses(2999), true)
  t.equal(refuses(3000), false)
})

t.test('asking during the wait does not prolong it', async t => {
  const { refuses } = createRateLimit(spec)
  for (let count = 0; count < 21; count++) refuses(0)
  for (let now = 1; now < 3000; now++) refuses(now)
  t.equal(refuses(3000), false)
})
