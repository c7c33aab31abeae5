import t from 'tap'
import { createBandwidth } from '../../src/http/bandwidth.js'
import { createTokenBucket } from '../../src/http/token-bucket.js'

const KiB = 1024
const stay = new AbortController().signal

/** Time that passes when somebody sleeps. */
function scriptedClock () {
  let at = 1000
  return { now: () => at, sleep: async (ms: number) => { at += ms } }
}

async function * chunks (...lengths: number[]) {
  let next = 0
  for (const length of lengths) yield Uint8Array.from({ length }, () => next++ & 255)
}

t.test('a bucket gives what it has at once, and then its rate', async t => {
  const bucket = createTokenBucket(1000, 500)
  t.equal(bucket.take(500, 0), 0)
  t.equal(bucket.take(100, 0), 100)
  t.equal(bucket.take(100, 0), 200, 'who comes next waits behind')
  t.equal(bucket.take(100, 200), 100)
  t.notOk(bucket.isFull(700))
  t.ok(bucket.isFull(800))
  t.equal(bucket.take(500, 10_000), 0, 'it holds no more than its burst')
  t.equal(bucket.take(1, 10_000), 1)
})

t.test('a capped stream has every byte in order, in small slices, at its rate', async t => {
  const clock = scriptedClock()
  const pace = createBandwidth({ streamBytesPerSecond: 100 * KiB, clientBytesPerSecond: 0 }, clock)
  const started = clock.now()
  const times: number[] = []
  const got: Uint8Array[] = []
  for await (const slice of pace(chunks(1024 * KiB, 1, 0, 300), 'a', stay)) {
    times.push(clock.now())
    got.push(slice)
  }
  t.ok(got.every(({ length }) => length <= 10 * KiB))
  t.ok(Buffer.concat(got).every((byte, index) => byte === (index & 255)))
  t.equal(Buffer.concat(got).length, 1024 * KiB + 301)
  const seconds = (clock.now() - started) / 1000
  t.ok(Math.abs(seconds - (1024.3 - 50) / 100) < 0.01, `${seconds} s, half a second's worth came at once`)
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  t.ok(Math.max(...gaps) <= 101, 'nobody waits for more than a tenth of a second')
})

t.test('the streams of a client share its cap, and each client has its own', async t => {
  const clock = scriptedClock()
  const pace = createBandwidth({ streamBytesPerSecond: 0, clientBytesPerSecond: 64 * KiB }, clock)
  const drain = async (client: string) => { for await (const slice of pace(chunks(64 * KiB, 64 * KiB), client, stay)) t.ok(slice.length > 0) }
  const timeOf = async (work: () => Promise<unknown>) => { const before = clock.now(); await work(); return (clock.now() - before) / 1000 }
  t.ok(Math.abs(await timeOf(() => drain('a')) - 1.5) < 0.01)
  t.ok(Math.abs(await timeOf(() => drain('a')) - 2) < 0.01, 'a reconnect brings no new burst')
  t.ok(Math.abs(await timeOf(() => drain('b')) - 1.5) < 0.01)
})

t.test('of two caps the narrower one counts', async t => {
  const clock = scriptedClock()
  const pace = createBandwidth({ streamBytesPerSecond: 10 * KiB, clientBytesPerSecond: 1000 * KiB }, clock)
  const before = clock.now()
  for await (const slice of pace(chunks(105 * KiB), 'a', stay)) t.ok(slice.length > 0)
  t.ok(Math.abs((clock.now() - before) / 1000 - 10) < 0.01)
})

t.test('a viewer who leaves ends the wait and the source', async t => {
  const gone = new AbortController()
  let ended = false
  const source = (async function * () { try { yield new Uint8Array(10 * KiB) } finally { ended = true } })()
  const pace = createBandwidth({ streamBytesPerSecond: 1, clientBytesPerSecond: 0 })
  const reading = (async () => { for await (const slice of pace(source, 'a', gone.signal)) t.ok(slice.length > 0) })()
  gone.abort()
  await t.rejects(reading, { name: 'AbortError' })
  t.ok(ended)
})

t.test('without a cap the chunks pass as they are, with nothing around them', async t => {
  const source = chunks(1)
  t.equal(createBandwidth({ streamBytesPerSecond: 0, clientBytesPerSecond: 0 })(source, 'a', stay), source)
})
