import t from 'tap'
import { BotRefused, SourceFailed, SourceGone, SourceResting, SourceUnreachable } from '../../src/errors.js'
import type { BotId } from '../../src/media.js'
import { createEngine } from '../../src/streaming/engine.js'
import type { Source } from '../../src/streaming/source.js'
import { pause } from './fixtures/lines.js'
import { collect, fileId, jumpingClock, knownBytes, scriptedSource, silence, tinyEngine } from './fixtures/scripted.js'

type Deed = 'good' | 'short' | 'long' | 'empty' | 'failed' | 'gone' | 'refused' | 'silent' | 'cut off' | number

const chunk = 4096

/** Cut off for so long, in ms. */
const cutOffMs = 1500

const deeds: Record<Exclude<Deed, number | 'silent'>, () => Uint8Array> = {
  good: () => new Uint8Array(chunk),
  short: () => new Uint8Array(chunk - 1),
  long: () => new Uint8Array(chunk + 1),
  empty: () => new Uint8Array(0),
  'cut off': () => { throw new SourceUnreachable(cutOffMs / 1000) },
  failed: () => { throw new SourceFailed('scripted') },
  gone: () => { throw new SourceGone('scripted') },
  refused: () => { throw new BotRefused('1' as BotId, 'scripted') }
}

/**
 * Sources that do one deed after the other, the last one for ever; a number is a rest of so many seconds. Who was asked when is noted.
 * A stream keeps nothing ahead, so that each chunk is asked for after the one before, and takes the first of what suits equally.
 */
function stage (scripts: Record<string, Deed[]>, patience = { triesPerSource: 3, waitMs: 7000 }) {
  const clock = jumpingClock()
  const asked: string[] = []
  const sources = Object.entries(scripts).map(([name, script]): Source => ({
    name,
    lane: name,
    fetch: async (_offset, _limit, onSent, signal) => {
      onSent()
      asked.push(`${name} at ${clock.now()}`)
      const deed = script.length > 1 ? script.shift() : script[0]
      if (deed === 'silent') return await silence(signal)
      if (typeof deed === 'number') throw new SourceResting(deed)
      return deeds[deed ?? 'good']()
    }
  }))
  const engine = createEngine({ memoryBytes: 4 * chunk, laneCeilingBytes: chunk, sizes: { smallest: chunk, first: chunk, largest: chunk }, clock, patience, random: () => 0 })
  const left = new AbortController()
  const read = async (chunks = 1) => {
    const size = chunks * chunk
    return await collect(await engine.openStream({ id: fileId, size }, { start: 0, end: size }, sources, left.signal))
  }
  return { asked, read, left, engine }
}

const namesIn = (asked: readonly string[]) => asked.map(line => line[0])

for (const deed of ['failed', 'short', 'long', 'empty', 'gone', 'refused', 'cut off', 60] as const) {
  t.test(`a source whose answer is "${deed}" is followed by the next, which goes on at once`, async t => {
    const { asked, read } = stage({ A: [deed], B: ['good'] })
    t.equal((await read(3)).length, 3 * chunk)
    t.same(asked, ['A at 0', 'B at 0', 'B at 0', 'B at 0'])
  })
}

t.test('a lonely source that fails is asked again after a pause that grows', async t => {
  const { asked, read } = stage({ A: ['failed', 'short', 'good'] })
  await read()
  t.same(asked, ['A at 0', 'A at 250', 'A at 750'])
})

t.test('a source that keeps failing is asked three times for a chunk, and then the file is unavailable', async t => {
  const { asked, read } = stage({ A: ['failed'], B: ['short'] })
  await t.rejects(read(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 1, fileId, cause: { code: 'SOURCE_FAILED' } })
  t.same(namesIn(asked).sort(), ['A', 'A', 'A', 'B', 'B', 'B'])
})

t.test('a lonely source that is cut off is asked again whenever there may be a way to it, for as long as anybody waits for one', async t => {
  const short = stage({ A: ['cut off', 'cut off', 'cut off', 'cut off', 'good'] })
  await short.read()
  t.same(short.asked, [0, 1, 2, 3, 4].map(times => `A at ${times * cutOffMs}`))
  const long = stage({ A: ['cut off'] })
  await t.rejects(long.read(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 2, cause: { code: 'SOURCE_UNREACHABLE' } })
  t.same(long.asked, short.asked)
})

t.test('being cut off is not held against a source, only its failures are', async t => {
  const { asked, read } = stage({ A: ['failed', 'cut off', 'failed', 'good'] })
  await read()
  t.same(asked, ['A at 0', 'A at 250', 'A at 1750', 'A at 2250'])
})

t.test('a short rest is waited out when nobody else is left', async t => {
  const { asked, read } = stage({ A: [5, 'good'], B: ['gone'] })
  await read()
  t.same(asked, ['A at 0', 'B at 0', 'A at 5000'])
})

t.test('a long rest is not waited for: the file is unavailable until the first bot is back', async t => {
  const { asked, read } = stage({ A: [90], B: [33], C: ['gone'] })
  await t.rejects(read(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 33 })
  t.same(asked, ['A at 0', 'B at 0', 'C at 0'])
})

t.test('the waits for one chunk are bounded together', async t => {
  const { asked, read } = stage({ A: [3] }, { triesPerSource: 100, waitMs: 7000 })
  await t.rejects(read(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 3 })
  t.same(asked, ['A at 0', 'A at 3000', 'A at 6000'])
})

t.test('a rest of no time ends too', async t => {
  await t.rejects(stage({ A: [0] }).read(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 1 })
})

t.test('a rest that one stream was told of spares the bot of all others', async t => {
  const { asked, read, engine } = stage({ A: [60], B: ['good'] })
  await read()
  await read()
  t.same(namesIn(asked), ['A', 'B', 'B'])
  t.match(engine.reports().find(({ lane }) => lane === 'A'), { state: 'resting' })
})

t.test('a rest that concerns one file spares the bot for the others', async t => {
  const clock = jumpingClock()
  const asked: string[] = []
  const engine = tinyEngine({ clock })
  const read = async (name: string) => {
    const source: Source = {
      name,
      lane: 'A',
      fetch: async (_offset, limit) => {
        asked.push(`${name} at ${clock.now()}`)
        if (name === 'expired' && clock.now() < 3000) throw new SourceResting(3, undefined, 'file')
        return new Uint8Array(limit)
      }
    }
    return await collect(await engine.openStream({ id: fileId, size: 4 }, { start: 0, end: 4 }, [source], new AbortController().signal))
  }
  await Promise.all([read('expired'), read('fresh')])
  t.same(asked, ['expired at 0', 'fresh at 0', 'expired at 3000'])
  t.match(engine.reports(), [{ lane: 'A', state: 'ready', perSecond: Infinity, inFlightBytes: 0 }])
})

t.test('a request that followed its file to a data centre where the bot rests, or that cannot be reached, leaves the one where it began as it is', async t => {
  for (const error of [new SourceResting(60), new SourceUnreachable(60)]) {
    const engine = tinyEngine()
    let lane = 'A at 2'
    const source: Source = { name: 'A', get lane () { return lane }, fetch: async () => { lane = 'A at 4'; throw error } }
    await t.rejects(engine.openStream({ id: fileId, size: 4 }, { start: 0, end: 4 }, [source], new AbortController().signal), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 60 })
    t.match(engine.reports(), [{ lane: 'A at 2', state: 'ready', inFlightBytes: 0 }, { lane: 'A at 4', state: 'resting', inFlightBytes: 0 }])
  }
})

t.test('a bot that was turned away is gone for a minute, for all streams', async t => {
  const { asked, read, engine } = stage({ A: ['refused'], B: ['good'] })
  await read()
  await read()
  t.same(namesIn(asked), ['A', 'B', 'B'])
  t.match(engine.reports().find(({ lane }) => lane === 'A'), { state: 'gone' })
})

t.test('a file that no source can read any more is gone', async t => {
  const { asked, read } = stage({ A: ['gone'], B: ['gone'] })
  await t.rejects(read(), { code: 'FILE_GONE', fileId, cause: { code: 'SOURCE_GONE' } })
  t.same(asked, ['A at 0', 'B at 0'])
})

t.test('a file without a source now is unavailable, not gone', async t => {
  await t.rejects(stage({}).read(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 10 })
})

t.test('an abort ends the wait for a source and the wait for a rest', async t => {
  for (const script of ['silent', 5] as const) {
    const { read, left } = stage({ A: [script] })
    const reading = read()
    left.abort(new Error('the viewer left'))
    await t.rejects(reading, { message: 'the viewer left' })
  }
})

t.test('a chunk that failed is fetched again though other streams fill the memory', async t => {
  const size = 1000
  const file = knownBytes(size)
  let calls = 0
  const failingHalf = scriptedSource('A', file, ({ bytes }) => {
    if (++calls % 2 === 1) throw new SourceFailed('scripted')
    return bytes
  })
  const engine = tinyEngine({ memoryBytes: 64, patience: { triesPerSource: 100, waitMs: 3_600_000 } })
  const streams = await Promise.all(Array.from({ length: 8 }, async () => await engine.openStream({ id: fileId, size }, { start: 0, end: size }, [failingHalf], new AbortController().signal)))
  const got = await Promise.all(streams.map(collect))
  t.ok(got.every(bytes => bytes.equals(file)))
})

/** A lonely source, two streams of it, and what becomes of the one that asks for nothing while the other one meets a long rest. */
function shared (laneCeilingBytes: number, answer: (now: number) => Promise<Uint8Array> | Uint8Array) {
  const clock = jumpingClock()
  const source: Source = {
    name: 'A',
    lane: 'A',
    fetch: async (_offset, _limit, onSent) => {
      onSent()
      return await answer(clock.now())
    }
  }
  const size = 100 * chunk
  const engine = createEngine({ memoryBytes: 64 * chunk, laneCeilingBytes, sizes: { smallest: chunk, first: chunk, largest: chunk }, clock })
  const open = async () => await engine.openStream({ id: fileId, size }, { start: 0, end: size }, [source], new AbortController().signal)
  return { clock, open }
}

t.test('a reader with chunks ahead, whose only source comes to rest for long by another stream, gets them and is then told', async t => {
  let isResting = false
  const { clock, open } = shared(64 * chunk, () => {
    if (isResting) throw new SourceResting(3600)
    return new Uint8Array(chunk)
  })
  const stream = await open()
  await pause(clock, 1000)
  isResting = true
  await t.rejects(open(), { code: 'FILE_UNAVAILABLE' })
  const restsSince = clock.now()
  let bytes = 0
  await t.rejects(async () => {
    for await (const { length } of stream) {
      bytes += length
      await pause(clock, 100)
    }
  }, { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 3600 })
  t.ok(bytes > chunk, `${bytes} bytes were ahead`)
  t.ok(clock.now() - restsSince < 1000, `told after ${clock.now() - restsSince} ms`)
})

t.test('a stream that waits for room on a lane that then comes to rest for long is told', async t => {
  const { clock, open } = shared(chunk, async () => {
    await pause(clock, 500)
    throw new SourceResting(3600)
  })
  const first = t.rejects(open(), { code: 'FILE_UNAVAILABLE' })
  await pause(clock, 100)
  await t.rejects(open(), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 3600 })
  await first
  t.ok(clock.now() < 1000, `told after ${clock.now()} ms`)
})
