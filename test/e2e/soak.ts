import t from 'tap'
import { slopePerMinute } from '../fixtures/soak/slope.js'
import { runSoak } from '../fixtures/soak/soak.js'
import { runSeed } from '../streaming/fixtures/random.js'

// Half a minute with every run of the tests; SOAK_MINUTES asks for more.
const minutes = Number(process.env['SOAK_MINUTES'] ?? 0.5)

t.test('troubles, viewers, posts, kills and restarts: no post is lost, no byte wrong, and nothing stays open', { timeout: (minutes + 4) * 60_000 }, async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  const { failures, ...soak } = await runSoak(t, { seed, minutes, say: line => t.comment(line) })
  t.comment(soak)
  t.same(failures, [])
  t.ok(soak.bytes > 0 && soak.posts > 0 && soak.restarts > 0 && soak.troubles > 0, 'there was something to bear')
})

t.test('the slope of what rises is its rise in a minute, and noise has next to none', async t => {
  const minute = Array.from({ length: 61 }, (_, second) => second * 1000)
  t.equal(Math.round(slopePerMinute(minute.map(at => ({ at: 5e6 + at, value: 70 + at / 1000 })))), 60)
  t.equal(Math.round(slopePerMinute(minute.map((at, index) => ({ at, value: 1e3 + (index % 2) })))), 0)
  t.same([slopePerMinute([]), slopePerMinute([{ at: 1, value: 1 }]), slopePerMinute([{ at: 1, value: 1 }, { at: 1, value: 2 }])], [0, 0, 0])
})
