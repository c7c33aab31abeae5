import t from 'tap'
import { SourceFailed } from '../../src/errors.js'
import type { EngineObserver } from '../../src/streaming/observer.js'
import { createYard, MiB, read } from './fixtures/lines.js'
import { collect, fileId, knownBytes, scriptedSource, tinyEngine } from './fixtures/scripted.js'

/** Notes what is told, lane by lane; bytes and times by their sums. */
function notes () {
  const told: Record<string, number> = {}
  const add = (what: string, amount: number) => { told[what] = (told[what] ?? 0) + amount }
  const observer: EngineObserver = {
    delivered: bytes => add('delivered', bytes),
    lane: name => ({
      fetched: (bytes, ms) => {
        add(`${name} bytes`, bytes)
        add(`${name} ms`, ms)
      },
      failed: () => add(`${name} failed`, 1),
      stoodIn: () => add(`${name} stood in`, 1),
      hedged: () => add(`${name} hedged`, 1),
      firstByte: ms => {
        add(`${name} first bytes`, 1)
        add(`${name} first byte ms`, ms)
      }
    })
  }
  return { told, observer }
}

const file = knownBytes(32)

t.test('a chunk that failed on one way and came by another counts where it came', async t => {
  const { told, observer } = notes()
  const sources = [scriptedSource('A', file, () => { throw new SourceFailed('scripted') }), scriptedSource('B', file)]
  await collect(await tinyEngine({ observer, random: () => 0 }).openStream({ id: fileId, size: 4 }, { start: 0, end: 4 }, sources, new AbortController().signal))
  t.same(told, { delivered: 4, 'A failed': 1, 'B stood in': 1, 'B bytes': 4, 'B ms': 0, 'B first bytes': 1, 'B first byte ms': 0 })
})

t.test('a chunk that came by the way on which it had failed is no fallback', async t => {
  const { told, observer } = notes()
  let asked = 0
  const source = scriptedSource('A', file, ({ bytes }) => {
    if (++asked === 1) throw new SourceFailed('scripted')
    return bytes
  })
  await collect(await tinyEngine({ observer }).openStream({ id: fileId, size: 32 }, { start: 0, end: 8 }, [source], new AbortController().signal))
  t.same(told, { delivered: 8, 'A failed': 1, 'A bytes': 8, 'A ms': 0, 'A first bytes': 1, 'A first byte ms': 250 })
})

t.test('a second request for an overdue chunk is a hedge of the way that is asked second, and not a failure', async t => {
  const { told, observer } = notes()
  const size = 64 * 1024
  const { clock, open } = createYard(size, [{ bytesPerMs: 1000, latencyMs: 60_000 }, { bytesPerMs: 1000, latencyMs: 300 }], { random: () => 0, observer })
  await read(await open(), clock)
  t.match(told, { delivered: size, 'line 1 hedged': 1, 'line 1 bytes': size, 'line 1 first bytes': 1 })
  t.same(Object.keys(told).filter(name => /line 0|failed|stood in/.test(name)), [])
})

t.test('every chunk is counted once, and the first byte once for each stream', async t => {
  const { told, observer } = notes()
  const size = 40 * MiB
  const { clock, open } = createYard(size, [0, 1].map(() => ({ bytesPerMs: 4000, latencyMs: 30 })), { observer })
  await Promise.all([read(await open(), clock), read(await open(), clock)])
  t.equal(told['delivered'], 2 * size)
  t.equal((told['line 0 bytes'] ?? 0) + (told['line 1 bytes'] ?? 0), 2 * size)
  t.equal((told['line 0 first bytes'] ?? 0) + (told['line 1 first bytes'] ?? 0), 2)
})
