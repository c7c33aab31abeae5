import t from 'tap'
import { SourceFailed, SourceGone, SourceResting } from '../../src/errors.js'
import { createFailover } from '../../src/streaming/failover.js'
import { createRoster } from '../../src/streaming/roster.js'
import type { Source } from '../../src/streaming/source.js'
import { fileId, jumpingClock, silence } from './fixtures/scripted.js'

type Deed = 'good' | 'short' | 'long' | 'empty' | 'failed' | 'gone' | 'silent' | number

const deeds: Record<Exclude<Deed, number | 'silent'>, () => Uint8Array> = {
  good: () => new Uint8Array(4096),
  short: () => new Uint8Array(4095),
  long: () => new Uint8Array(4097),
  empty: () => new Uint8Array(0),
  failed: () => { throw new SourceFailed('scripted') },
  gone: () => { throw new SourceGone('scripted') }
}

/** Sources that do one deed after the other, the last one for ever; a number is a rest of so many seconds. Who was asked when is noted. */
function stage (scripts: Record<string, Deed[]>, patience = { triesPerSource: 3, waitMs: 7000 }) {
  const clock = jumpingClock()
  const asked: string[] = []
  const sources = Object.entries(scripts).map(([name, script]): Source => ({
    name,
    fetch: async (_offset, _limit, signal) => {
      asked.push(`${name} at ${clock.now()}`)
      const deed = script.length > 1 ? script.shift() : script[0]
      if (deed === 'silent') return await silence(signal)
      if (typeof deed === 'number') throw new SourceResting(deed)
      return deeds[deed ?? 'good']()
    }
  }))
  const fetchChunk = createFailover(fileId, createRoster(sources), patience, clock)
  const left = new AbortController()
  const fetch = () => fetchChunk({ offset: 0, limit: 4096, length: 4096 }, left.signal)
  return { asked, fetch, left }
}

t.test('the first source serves as long as it can', async t => {
  const { asked, fetch } = stage({ A: ['good'], B: ['good'] })
  for (let chunk = 0; chunk < 3; chunk++) await fetch()
  t.same(asked, ['A at 0', 'A at 0', 'A at 0'])
})

for (const deed of ['failed', 'short', 'long', 'empty', 'gone', 60] as const) {
  t.test(`a source whose answer is "${deed}" is followed by the next, which then keeps the stream`, async t => {
    const { asked, fetch } = stage({ A: [deed, 'good'], B: ['good'] })
    t.equal((await fetch()).length, 4096)
    await fetch()
    t.same(asked, ['A at 0', 'B at 0', 'B at 0'])
  })
}

t.test('a lonely source that fails is asked again after a pause that grows', async t => {
  const { asked, fetch } = stage({ A: ['failed', 'short', 'good'] })
  await fetch()
  t.same(asked, ['A at 0', 'A at 250', 'A at 750'])
})

t.test('a source that keeps failing is asked three times for a chunk, and then the file is unavailable', async t => {
  const { asked, fetch } = stage({ A: ['failed'], B: ['short'] })
  await t.rejects(fetch(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 1, fileId, cause: { code: 'SOURCE_FAILED' } })
  t.same(asked.map(line => line[0]), ['A', 'B', 'A', 'B', 'A', 'B'])
})

t.test('a short rest is waited out when nobody else is left', async t => {
  const { asked, fetch } = stage({ A: [5, 'good'], B: ['gone'] })
  await fetch()
  t.same(asked, ['A at 0', 'B at 0', 'A at 5000'])
})

t.test('a long rest is not waited for: the file is unavailable until the first bot is back', async t => {
  const { asked, fetch } = stage({ A: [90], B: [33], C: ['gone'] })
  await t.rejects(fetch(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 33 })
  t.same(asked, ['A at 0', 'B at 0', 'C at 0'])
})

t.test('the waits for one chunk are bounded together', async t => {
  const { asked, fetch } = stage({ A: [3] }, { triesPerSource: 100, waitMs: 7000 })
  await t.rejects(fetch(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 3 })
  t.same(asked, ['A at 0', 'A at 3000', 'A at 6000'])
})

t.test('a rest of no time ends too', async t => {
  const { fetch } = stage({ A: [0] })
  await t.rejects(fetch(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 1 })
})

t.test('a file that no source can read any more is gone', async t => {
  const { asked, fetch } = stage({ A: ['gone'], B: ['gone'] })
  await t.rejects(fetch(), { code: 'FILE_GONE', fileId, cause: { code: 'SOURCE_GONE' } })
  await t.rejects(fetch(), { code: 'FILE_GONE' }, 'and stays so')
  t.same(asked, ['A at 0', 'B at 0'])
})

t.test('a file without a source now is unavailable, not gone', async t => {
  await t.rejects(stage({}).fetch(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 10 })
})

t.test('a window of requests that fail together counts as one failure', async t => {
  const { asked, fetch } = stage({ A: ['failed', 'failed', 'failed', 'failed', 'good'] })
  await Promise.all([fetch(), fetch(), fetch(), fetch()])
  t.same(asked.slice(4), Array(4).fill('A at 250'))
})

t.test('an abort ends the wait for a source and the wait for a rest', async t => {
  for (const script of ['silent', 5] as const) {
    const { fetch, left } = stage({ A: [script] })
    const chunk = fetch()
    left.abort(new Error('the viewer left'))
    await t.rejects(chunk, { message: 'the viewer left' })
  }
})
