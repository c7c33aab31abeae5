import t from 'tap'
import { createLane } from '../../src/streaming/lane.js'
import type { Lane } from '../../src/streaming/lane.js'

const KiB = 1024
const MiB = 1024 * KiB

/** A line of so many bytes per ms and so much latency, used as much as the lane allows; what was under way is noted. */
function use (lane: Lane, { perMs, latencyMs, size, from, until }: { perMs: number, latencyMs: number, size: number, from: number, until: number }) {
  const flying: Array<{ trip: ReturnType<Lane['began']>, lands: number }> = []
  let freeAt = from
  let most = 0
  for (let now = from; now < until; now++) {
    while (flying[0] !== undefined && flying[0].lands <= now) lane.succeeded(flying.shift()!.trip, size, now)
    while (lane.opensAt(size, now) <= now) {
      freeAt = Math.max(freeAt, now) + size / perMs
      flying.push({ trip: lane.began(size, now), lands: freeAt + latencyMs })
    }
    most = Math.max(most, lane.report(now).inFlightBytes)
  }
  for (const { trip, lands } of flying) lane.succeeded(trip, size, lands)
  return { most }
}

t.test('the window grows with success and stays within its ceiling', async t => {
  for (const ceiling of [256 * KiB, MiB, 4 * MiB]) {
    const lane = createLane(ceiling)
    const { most } = use(lane, { perMs: 50_000, latencyMs: 100, size: Math.min(ceiling / 2, MiB), from: 0, until: 5000 })
    t.equal(most, ceiling)
  }
})

t.test('short requests leave room for a long one, which they would keep waiting otherwise', async t => {
  const lane = createLane(4 * MiB)
  use(lane, { perMs: 50_000, latencyMs: 100, size: MiB, from: 0, until: 5000 })
  const { most } = use(lane, { perMs: 50_000, latencyMs: 100, size: 64 * KiB, from: 6000, until: 8000 })
  t.equal(most, 3 * MiB + 64 * KiB)
})

t.test('a slow lane does not queue for long', async t => {
  const lane = createLane(4 * MiB)
  const { most } = use(lane, { perMs: 256, latencyMs: 50, size: 64 * KiB, from: 0, until: 20_000 })
  t.ok(most <= 512 * KiB, `${most / KiB} KiB in flight`)
  t.ok(Math.abs(lane.report(20_000).bytesPerSecond - 256_000) < 60_000, `${lane.report(20_000).bytesPerSecond} measured`)
})

t.test('a rest is exactly as long as told, then one request must succeed before others follow', async t => {
  const lane = createLane(4 * MiB)
  const first = lane.began(64 * KiB, 1000)
  const other = lane.began(64 * KiB, 1000)
  lane.rested(first, 3000, 1100)
  lane.dropped(other)
  t.equal(lane.readyAt(), 4100)
  t.equal(lane.opensAt(64 * KiB, 4099), 4100)
  t.equal(lane.report(4099).state, 'resting')
  t.equal(lane.report(4100).state, 'recovering')
  const probe = lane.began(64 * KiB, 4100)
  t.equal(lane.opensAt(64 * KiB, 4101), Infinity, 'one at a time')
  lane.succeeded(probe, 64 * KiB, 4200)
  t.ok(lane.opensAt(64 * KiB, 4200) <= 4200)
  t.equal(lane.report(4200).state, 'ready')
})

t.test('a row of failures, not the failures of one window, makes it prove itself', async t => {
  const lane = createLane(4 * MiB)
  const window = [0, 1, 2].map(() => lane.began(64 * KiB, 0))
  for (const trip of window) lane.failed(trip, 10)
  t.equal(lane.report(10).state, 'ready')
  for (const now of [20, 30]) lane.failed(lane.began(64 * KiB, now), now + 5)
  t.equal(lane.report(40).state, 'recovering')
  t.equal(lane.report(40).inFlightBytes, 0)
})

t.test('what is not answered for long makes the lane suspect', async t => {
  const lane = createLane(4 * MiB)
  const trip = lane.began(64 * KiB, 0)
  t.equal(lane.isSuspect(1000), false)
  t.equal(lane.isSuspect(1001), true)
  lane.dropped(trip)
  t.equal(lane.isSuspect(1001), false)
})
