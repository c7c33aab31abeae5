import t from 'tap'
import { createRandom, runSeed } from './fixtures/random.js'
import { collect, fileId, jumpingClock, knownBytes, scriptedSource, tinyEngine } from './fixtures/scripted.js'
import { pause } from './fixtures/lines.js'

const size = 1000
const file = knownBytes(size)

/** Watches what becomes of answers. */
function watchedEngine (random = Math.random) {
  const back = new Set<Uint8Array>()
  const inUse = new Set<ArrayBufferLike>()
  const wrong: string[] = []
  const clock = jumpingClock()
  const engine = tinyEngine({
    clock,
    random,
    recycle: answer => {
      if (back.has(answer)) wrong.push('given back twice')
      if (inUse.has(answer.buffer)) wrong.push('given back while it was read')
      back.add(answer)
    }
  })
  return { engine, clock, back, inUse, wrong }
}

t.test('an answer is given back once, when the next chunk is asked for', async t => {
  const { engine, back, inUse, wrong } = watchedEngine()
  const stream = await engine.openStream({ id: fileId, size }, { start: 3, end: size - 3 }, [scriptedSource('one', file)], new AbortController().signal)
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) {
    if (chunk.length > 0) chunks.push(chunk)
    inUse.add(chunk.buffer)
    await new Promise(resolve => { setImmediate(resolve) })
    inUse.delete(chunk.buffer)
  }
  t.same(wrong, [])
  t.equal(back.size, chunks.length)
  t.same(new Set([...back].map(({ buffer }) => buffer)), new Set(chunks.map(({ buffer }) => buffer)))
})

t.test('what a reader leaves unread is given back, but not what he may still be sending', async t => {
  const { engine, back, wrong } = watchedEngine()
  const stream = await engine.openStream({ id: fileId, size }, { start: 0, end: size }, [scriptedSource('one', file)], new AbortController().signal)
  const first = await stream.next()
  await new Promise(resolve => { setImmediate(resolve) })
  await stream.return()
  t.same(wrong, [])
  t.not(first.done, true)
  t.ok(back.size > 0)
  t.notOk([...back].some(({ buffer }) => buffer === first.value?.buffer))
})

t.test('with failures, silence, hedging and readers who leave, no answer is given back twice or while it is read', async t => {
  const seed = runSeed()
  const random = createRandom(seed)
  const wrong: string[] = []
  for (let round = 0; round < 200; round++) {
    const watched = watchedEngine(random.fraction)
    const answer = async ({ bytes }: { bytes: Uint8Array }) => {
      const isSilent = random.fraction() < 0.05
      await pause(watched.clock, isSilent ? 15_000 : random.whole(0, 3000))
      if (isSilent || random.fraction() < 0.1) throw new Error('lost')
      return bytes
    }
    const sources = ['one', 'two', 'three'].map(name => scriptedSource(name, file, answer))
    const leaving = new AbortController()
    await Promise.all(Array.from({ length: 3 }, async () => {
      const read = random.whole(1, 60)
      let chunks = 0
      const stream = await watched.engine.openStream({ id: fileId, size }, { start: 0, end: size }, sources, leaving.signal)
      for await (const chunk of stream) {
        watched.inUse.add(chunk.buffer)
        await pause(watched.clock, random.whole(0, 500))
        watched.inUse.delete(chunk.buffer)
        if (++chunks === read) break
      }
    })).catch(() => {})
    leaving.abort()
    wrong.push(...watched.wrong)
  }
  t.same(wrong, [], `TEST_SEED=${seed} repeats this`)
})

t.test('streams that share an engine get right bytes though answers are spoilt once they are given back', async t => {
  const engine = tinyEngine()
  const got = await Promise.all(Array.from({ length: 8 }, async (_, start) => await collect(await engine.openStream({ id: fileId, size }, { start, end: size }, [scriptedSource('one', file), scriptedSource('two', file)], new AbortController().signal))))
  t.same(got.map((bytes, start) => bytes.equals(file.subarray(start))), got.map(() => true))
})
