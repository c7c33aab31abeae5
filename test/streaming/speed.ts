import t from 'tap'
import { createSpeed } from '../../src/streaming/speed.js'

const KiB = 1024

/** A request that found its lane idle. */
const alone = (startedAt: number) => ({ startedAt, deliveredBefore: 0, wasIdle: true, wasFull: false })

t.test('what a limited line lets pass at once is no rate', async t => {
  const speed = createSpeed()
  speed.delivered(alone(0), 64 * KiB, 2)
  t.equal(speed.perMs(), 64 * KiB / 20)
  speed.delivered({ ...alone(10), deliveredBefore: speed.total() }, 512 * KiB, 110)
  t.equal(speed.perMs(), 512 * KiB / 100, 'over a longer time it is one')
})

t.test('the time in which a long request is carried is no latency, and a line that has become further away is noticed', async t => {
  const speed = createSpeed()
  let at = 0
  const takes = (ms: number, bytes: number) => {
    speed.delivered({ ...alone(at), deliveredBefore: speed.total() }, bytes, at + ms)
    at += ms
  }
  takes(30, 64 * KiB)
  t.equal(speed.latencyMs(), 30)
  takes(260, 1024 * KiB)
  t.equal(speed.latencyMs(), 30)
  takes(20, 4 * KiB)
  t.equal(speed.latencyMs(), 20)
  for (let i = 0; i < 20; i++) takes(200, 64 * KiB)
  t.ok(Math.abs((speed.latencyMs() ?? 0) - 200) < 2, String(speed.latencyMs()))
})
