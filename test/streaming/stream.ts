import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { SourceFailed, SourceGone, SourceResting } from '../../src/errors.js'
import { createEngine } from '../../src/streaming/engine.js'
import { createRandom, runSeed } from './fixtures/random.js'
import type { Random } from './fixtures/random.js'
import { collect, fileId, knownBytes, scriptedSource, silence, tinyEngine } from './fixtures/scripted.js'
import type { Call } from './fixtures/scripted.js'

const serverEngine = () => createEngine({ memoryBytes: 96 * 2 ** 20, laneCeilingBytes: 4 * 2 ** 20 })
const never = () => new AbortController().signal

t.test('every range of a small file comes out exactly', async t => {
  const wrong: string[] = []
  for (const size of [1, 4, 33, 70]) {
    const file = knownBytes(size)
    const source = scriptedSource('A', file)
    for (let start = 0; start <= size; start++) {
      for (let end = start; end <= size; end++) {
        const stream = await tinyEngine().openStream({ id: fileId, size }, { start, end }, [source], never())
        if (!(await collect(stream)).equals(file.subarray(start, end))) wrong.push(`[${start}, ${end}) of ${size}`)
      }
    }
  }
  t.same(wrong, [])
})

t.test('with sizes for real, ranges around every border come out exactly', async t => {
  const MiB = 1024 * 1024
  const file = knownBytes(3 * MiB + 5)
  const borders = [0, 4096, 128 * 1024, MiB, 2 * MiB, 3 * MiB, file.length]
  const edges = borders.flatMap(border => [border - 1, border, border + 1]).filter(edge => edge >= 0 && edge <= file.length)
  const wrong: string[] = []
  for (const start of edges) {
    for (const end of edges.filter(edge => edge >= start)) {
      const bytes = await collect(await serverEngine().openStream({ id: fileId, size: file.length }, { start, end }, [scriptedSource('A', file)], never()))
      if (!bytes.equals(file.subarray(start, end))) wrong.push(`[${start}, ${end})`)
    }
  }
  t.same(wrong, [])
})

t.test('a range outside the file is refused', async t => {
  for (const [start, end] of [[-1, 5], [5, 11], [6, 5], [0.5, 5], [0, NaN]] as const) {
    await t.rejects(serverEngine().openStream({ id: fileId, size: 10 }, { start, end }, [], never()), RangeError)
  }
})

t.test('an empty range needs no source', async t => {
  t.same(await collect(await serverEngine().openStream({ id: fileId, size: 0 }, { start: 0, end: 0 }, [], never())), Buffer.alloc(0))
})

t.test('a failure before the first chunk rejects the opening', async t => {
  const file = knownBytes(70)
  const resting = scriptedSource('A', file, () => { throw new SourceResting(44) })
  await t.rejects(tinyEngine().openStream({ id: fileId, size: 70 }, { start: 0, end: 70 }, [resting], never()), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 44 })
  const gone = scriptedSource('A', file, () => { throw new SourceGone('scripted') })
  await t.rejects(tinyEngine().openStream({ id: fileId, size: 70 }, { start: 0, end: 70 }, [gone], never()), { code: 'FILE_GONE' })
})

t.test('whatever the sources do, what comes is right: all of it, or a beginning and an error', async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  const outcomes = { whole: 0, cut: 0, refused: 0 }
  for (let round = 0; round < 400; round++) outcomes[await oneRandomStream(t, createRandom(seed + round), seed + round)]++
  t.comment(outcomes)
  t.ok(outcomes.whole > 0 && outcomes.cut > 0 && outcomes.refused > 0, 'all three were seen')
})

async function oneRandomStream (t: Test, random: Random, seed: number) {
  const file = knownBytes(random.whole(1, 300))
  const start = random.whole(0, file.length - 1)
  const end = random.whole(start + 1, file.length)
  const trouble = random.pick([0, 0.05, 0.3, 0.7])
  const load = { now: 0, most: 0 }
  const sources = Array.from({ length: random.whole(1, 4) }, (_, index) => scriptedSource(`bot ${index}`, file, call => troubled(call, random, trouble, load)))
  const engine = tinyEngine({ random: random.fraction })
  const got: Uint8Array[] = []
  try {
    const stream = await engine.openStream({ id: fileId, size: file.length }, { start, end }, sources, never())
    for await (const chunk of stream) got.push(Uint8Array.from(chunk))
  } catch (error) {
    const isKnown = error instanceof Error && 'code' in error && /^FILE_(GONE|UNAVAILABLE)$/.test(String(error.code))
    if (!isKnown) t.fail(`seed ${seed}: another error`, { error })
  }
  const bytes = Buffer.concat(got)
  if (!bytes.equals(file.subarray(start, start + bytes.length))) t.fail(`seed ${seed}: wrong bytes`)
  if (load.most > 2 * 256) t.fail(`seed ${seed}: ${load.most} bytes in flight`)
  return bytes.length === end - start ? 'whole' : bytes.length > 0 ? 'cut' : 'refused'
}

/** A right answer, late; or one of the ways in which bots fail. */
async function troubled ({ bytes, limit }: Call, random: Random, trouble: number, load: { now: number, most: number }): Promise<Uint8Array> {
  load.now += limit
  load.most = Math.max(load.most, load.now)
  for (let pause = random.whole(0, 3); pause > 0; pause--) await setImmediate()
  load.now -= limit
  if (random.fraction() >= trouble) return bytes
  switch (random.pick(['failed', 'resting', 'gone', 'short', 'empty', 'long', 'odd'])) {
    case 'failed': throw new SourceFailed('scripted')
    case 'resting': throw new SourceResting(random.whole(0, 9))
    case 'gone': throw new SourceGone('scripted')
    case 'short': return bytes.subarray(0, random.whole(0, bytes.length - 1))
    case 'empty': return new Uint8Array(0)
    case 'long': return Buffer.concat([bytes, new Uint8Array(1)])
    default: throw new Error('an error nobody planned')
  }
}

t.test('the second bot goes on in the middle, and no bot going on is an error after the right bytes', async t => {
  const file = knownBytes(200)
  const failing = scriptedSource('A', file, ({ offset, bytes }) => { if (offset >= 64) throw new SourceGone('scripted'); return bytes })
  const both = await tinyEngine().openStream({ id: fileId, size: 200 }, { start: 0, end: 200 }, [failing, scriptedSource('B', file)], never())
  t.ok((await collect(both)).equals(file))

  const got: Uint8Array[] = []
  const alone = await tinyEngine().openStream({ id: fileId, size: 200 }, { start: 0, end: 200 }, [failing], never())
  await t.rejects((async () => { for await (const chunk of alone) got.push(Uint8Array.from(chunk)) })(), { code: 'FILE_GONE' })
  t.ok(Buffer.concat(got).equals(file.subarray(0, 64)))
})

/** A source that answers up to `answered` and then holds its tongue; who waits is counted. */
function mute (file: Uint8Array, answered: number) {
  const waiting = new Set<number>()
  const source = scriptedSource('A', file, async ({ offset, bytes, signal }) => {
    if (offset < answered) return bytes
    waiting.add(offset)
    return await silence(signal).finally(() => waiting.delete(offset))
  })
  return { source, waiting }
}

t.test('an abort ends all fetches at once, before the first chunk and later', async t => {
  const file = knownBytes(300)
  for (const answered of [0, 64]) {
    const { source, waiting } = mute(file, answered)
    const left = new AbortController()
    const reading = (async () => { for await (const chunk of await tinyEngine().openStream({ id: fileId, size: 300 }, { start: 0, end: 300 }, [source], left.signal)) t.ok(chunk.length > 0) })()
    while (waiting.size === 0) await setImmediate()
    left.abort(new Error('the viewer left'))
    await t.rejects(reading, { message: 'the viewer left' })
    t.equal(waiting.size, 0)
    t.equal(getEventListeners(left.signal, 'abort').length, 0)
  }
})

t.test('return() ends all fetches at once, even while a chunk is waited for', async t => {
  const { source, waiting } = mute(knownBytes(300), 64)
  const left = new AbortController()
  const stream = await tinyEngine().openStream({ id: fileId, size: 300 }, { start: 0, end: 300 }, [source], left.signal)
  let pending = stream.next()
  while (waiting.size === 0) { await pending; pending = stream.next() }
  const stuck = t.rejects(Promise.all([pending, stream.next(), stream.next(), stream.next(), stream.next(), stream.next()]), { name: 'AbortError' })
  await stream.return()
  await stuck
  t.equal(waiting.size, 0)
  t.equal(getEventListeners(left.signal, 'abort').length, 0)
})

t.test('return() before anything was read ends the fetches as well', async t => {
  const file = knownBytes(300)
  const left = new AbortController()
  let isEnded = false
  const source = scriptedSource('A', file, ({ offset, bytes, signal }) => {
    if (offset === 0) return bytes
    return silence(signal).catch(error => { isEnded = true; throw error })
  })
  const stream = await tinyEngine().openStream({ id: fileId, size: 300 }, { start: 0, end: 300 }, [source], left.signal)
  await stream.return()
  t.equal(isEnded, true)
  t.equal(getEventListeners(left.signal, 'abort').length, 0)
  t.equal((await stream.next()).done, true)
})

t.test('a signal that aborted before fetches nothing', async t => {
  const source = scriptedSource('A', knownBytes(10), () => { t.fail('it was asked'); return new Uint8Array(10) })
  await t.rejects(serverEngine().openStream({ id: fileId, size: 10 }, { start: 0, end: 10 }, [source], AbortSignal.abort()), { name: 'AbortError' })
})

t.test('a reader who stops reading stops the fetching', async t => {
  const file = knownBytes(2000)
  const asked = new Set<number>()
  const source = scriptedSource('A', file, ({ offset, bytes }) => { asked.add(offset); return bytes })
  const stream = await tinyEngine().openStream({ id: fileId, size: 2000 }, { start: 0, end: 2000 }, [source], never())
  let taken = 0
  for (let reads = 0; reads < 12; reads++) taken += (await stream.next()).value?.length ?? 0
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  t.ok(Math.max(...asked) < taken + 160, `${taken} bytes were taken, and the furthest request is at ${Math.max(...asked)}`)
  await stream.return()
})

t.test('a hundred thousand chunks leave one listener on the signal, and none at the end', async t => {
  const file = knownBytes(400_000)
  const left = new AbortController()
  const engine = tinyEngine({ sizes: { smallest: 4, first: 4, largest: 4 } })
  const stream = await engine.openStream({ id: fileId, size: file.length }, { start: 0, end: file.length }, [scriptedSource('A', file)], left.signal)
  let chunks = 0
  let most = 0
  for await (const chunk of stream) {
    chunks += Math.sign(chunk.length)
    most = Math.max(most, getEventListeners(left.signal, 'abort').length)
  }
  t.same({ chunks, most, after: getEventListeners(left.signal, 'abort').length }, { chunks: 100_000, most: 1, after: 0 })
})

t.test('a whole chunk is handed on as it came, not copied', async t => {
  const file = knownBytes(64)
  const answers = new Set<ArrayBufferLike>()
  const source = {
    ...scriptedSource('A', file),
    fetch: async (offset: number, limit: number) => {
      const answer = file.slice(offset, offset + limit)
      answers.add(answer.buffer)
      return answer
    }
  }
  const stream = await tinyEngine().openStream({ id: fileId, size: 64 }, { start: 0, end: 64 }, [source], never())
  for await (const chunk of stream) if (chunk.length > 0) t.ok(answers.has(chunk.buffer))
})
