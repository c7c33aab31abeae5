import t from 'tap'
import { createPace } from '../../bench/viewer/pace.js'

t.test('over time a viewer reads what its pace allows, whatever the size of its reads', async t => {
  const pace = createPace(200_000, 0)
  let read = 0
  for (let now = 0; now <= 10_000; now += 20) {
    pace.tick(now)
    for (; pace.mayRead(); read += 16_384) pace.read(16_384)
  }
  t.ok(read >= 2_000_000 && read < 2_000_000 + 16_384, `${read} bytes in 10 s`)
})

t.test('who could not read may catch up with two seconds, not with everything', async t => {
  const pace = createPace(1000, 0)
  pace.tick(60_000)
  let read = 0
  for (; pace.mayRead(); read += 100) pace.read(100)
  t.equal(read, 2000)
})
