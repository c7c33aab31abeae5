import t from 'tap'
import { SourceFailed } from '../../src/errors.js'
import type { Line } from './fixtures/lines.js'
import { createYard, MiB, pause, read } from './fixtures/lines.js'

import { createRandom, runSeed } from './fixtures/random.js'
import { fileId } from './fixtures/scripted.js'

const sentBy = (lines: readonly Line[]) => lines.reduce((sum, { sent }) => sum + sent, 0)
const askedOf = (lines: readonly Line[]) => lines.reduce((sum, { asked }) => sum + asked.length, 0)

/** Takes as much at 2 MB/s, and leaves the stream open. */
async function takeFrom (stream: AsyncGenerator<Uint8Array, void, undefined>, clock: Parameters<typeof pause>[0], bytes: number) {
  for (let taken = 0; taken < bytes;) {
    const { value } = await stream.next()
    taken += value?.length ?? bytes
    await pause(clock, (value?.length ?? 0) / 2000)
  }
}

t.test('one download gets what all lines to its file carry together', async t => {
  for (const bots of [1, 2, 4, 8]) {
    const size = bots * 60 * MiB
    const { clock, lines, open } = createYard(size, Array.from({ length: bots }, () => ({ bytesPerMs: 4000, latencyMs: 30 })))
    for (const times of [1, 2, 3]) {
      const { bytes, ms } = await read(await open(), clock)
      t.equal(bytes, size)
      t.ok(bytes / ms > 0.95 * bots * 4000, `${bots} lines: ${(bytes / ms / 4000).toFixed(2)} of one`)
      t.equal(sentBy(lines), times * size, 'nothing came twice')
    }
  }
})

t.test('one line over a long way is filled, as far as its ceiling allows', async t => {
  for (const latencyMs of [50, 100, 200]) {
    const { clock, open } = createYard(600 * MiB, [{ bytesPerMs: 100_000, latencyMs }], { memoryBytes: 512 * MiB, laneCeilingBytes: 64 * MiB })
    const { bytes, ms } = await read(await open(), clock)
    t.ok(bytes / ms > 0.7 * 100_000, `${latencyMs} ms: ${(bytes / ms / 100_000).toFixed(2)}`)
  }
})

t.test('a slow line takes nothing from those who have faster ones, and is not hurried where it is the only one', async t => {
  const size = 200 * MiB
  const { clock, lines, open } = createYard(size, [{ bytesPerMs: 256, latencyMs: 20 }, { bytesPerMs: 8000, latencyMs: 20 }, { bytesPerMs: 8000, latencyMs: 20 }])
  const { bytes, ms } = await read(await open(), clock)
  t.ok(bytes / ms > 0.95 * 16_000, `${(bytes / ms / 16_000).toFixed(2)} of the others`)
  t.ok(sentBy(lines) <= 1.02 * size)

  const lonely = createYard(20 * MiB, [{ bytesPerMs: 256, latencyMs: 20 }])
  const reading = await read(await lonely.open(), lonely.clock)
  t.ok(reading.bytes / reading.ms > 0.95 * 256)
  t.equal(sentBy(lonely.lines), 20 * MiB)
  t.equal(lonely.engine.reports()[0]?.state, 'ready')
})

t.test('a line that falls silent is replaced before three seconds are over, and hardly anything is fetched twice', async t => {
  for (const silent of [0, 1, 2]) {
    const size = 100 * MiB
    const { clock, lines, open } = createYard(size, [0, 1, 2].map(() => ({ bytesPerMs: 4000, latencyMs: 30 })))
    const reading = read(await open(), clock)
    await pause(clock, 2000)
    lines[silent]!.traits.isSilent = true
    const { bytes, longestWaitMs } = await reading
    t.equal(bytes, size)
    t.ok(longestWaitMs <= 3000, `waited ${longestWaitMs.toFixed(0)} ms`)
    t.ok(sentBy(lines) <= size + 5 * MiB)
  }
})

t.test('the first answer wins, also when it is the one that was overdue', async t => {
  const size = 64 * 1024
  const { clock, lines, open } = createYard(size, [{ bytesPerMs: 1000, latencyMs: 1200 }, { bytesPerMs: 1000, latencyMs: 300 }], { random: () => 0 })
  t.equal((await read(await open(), clock)).bytes, size)
  t.equal(askedOf(lines), 2, 'it was fetched by the other way as well')
  t.ok(clock.now() < 1300, `${clock.now()} ms`)
  const other = createYard(size, [{ bytesPerMs: 1000, latencyMs: 60_000 }, { bytesPerMs: 1000, latencyMs: 300 }], { random: () => 0 })
  await read(await other.open(), other.clock)
  t.ok(other.clock.now() > 1300 && other.clock.now() < 2000, `${other.clock.now()} ms`)
})

t.test('a bot whose first answer had to wait for a connection is used like the others', async t => {
  const { clock, lines, open } = createYard(400 * MiB, [0, 1, 2].map(index => ({ bytesPerMs: 4000, latencyMs: 30, connectMs: index * 900 })))
  const { bytes, ms } = await read(await open(), clock)
  t.ok(bytes / ms > 0.9 * 12_000, `${(bytes / ms / 4000).toFixed(2)} of one`)
  t.ok(lines.every(({ sent }) => sent > 90 * MiB))
})

t.test('bots whose connection is still being made are overtaken, also by the third', async t => {
  for (const [stuck, atMostMs] of [[1, 1500], [2, 3000]] as const) {
    for (const drawn of [0, 0.2, 0.4, 0.6, 0.8, 0.99]) {
      const { clock, open } = createYard(40_000, [0, 1, 2].map(index => ({ bytesPerMs: 4000, latencyMs: 30, connectMs: index < stuck ? 120_000 : 0 })), { random: () => drawn })
      t.equal((await read(await open(), clock)).bytes, 40_000)
      t.ok(clock.now() <= atMostMs, `${stuck} stuck, drawn ${drawn}: ${clock.now().toFixed(0)} ms`)
    }
  }
})

t.test('a bot that was slow once is tried again after a while without use', async t => {
  const { clock, lines, open } = createYard(8 * MiB, [{ bytesPerMs: 20, latencyMs: 2000 }, { bytesPerMs: 8000, latencyMs: 30 }])
  const first = lines[0]!
  for (let round = 0; first.asked.length === 0 && round < 20; round++) await read(await open(), clock)
  t.ok(first.asked.length > 0, 'it had its turn')
  Object.assign(first.traits, { bytesPerMs: 8000, latencyMs: 30 })
  const before = first.sent
  await pause(clock, 30_000)
  for (let round = 0; round < 20; round++) await read(await open(), clock)
  t.ok(first.sent - before > 20 * MiB, `${((first.sent - before) / MiB).toFixed(0)} MiB`)
})

t.test('all streams together stay within the memory, and stalled readers do not keep it from others', async t => {
  const memoryBytes = 16 * MiB
  const size = 200 * MiB
  const { clock, engine, open } = createYard(size, [0, 1, 2].map(() => ({ bytesPerMs: 8000, latencyMs: 20 })), { memoryBytes })
  const stalled = []
  for (let index = 0; index < 100; index++) {
    const stream = await open(index * MiB)
    await stream.next()
    stalled.push(stream)
  }
  let most = 0
  const reading = read(await open(), clock, { bytesPerMs: 2000, atMost: 100 * MiB })
  for (let ms = 0; ms < 50_000; ms += 50) {
    await pause(clock, 50)
    most = Math.max(most, engine.usage().heldBytes)
  }
  const { bytes, ms } = await reading
  t.ok(bytes / ms > 0.98 * 2000, `${(bytes / ms).toFixed(0)} bytes a ms`)
  // The chunks that nobody may be refused come on top: a short one in each stream's pipe, and the one behind it.
  t.ok(most <= memoryBytes + 2 * 101 * 64 * 1024, `${(most / MiB).toFixed(1)} MiB`)
  for (const stream of stalled) await stream.return()
  t.same(engine.usage(), { heldBytes: 0, streams: 0 })
})

t.test('a new stream has its first chunk at once, however full the memory is', async t => {
  const { clock, engine, open } = createYard(400 * MiB, [{ bytesPerMs: 50_000, latencyMs: 20 }], { memoryBytes: 4 * MiB, laneCeilingBytes: 64 * MiB })
  const greedy = []
  for (let index = 0; index < 40; index++) greedy.push(await open())
  await pause(clock, 1000)
  t.ok(engine.usage().heldBytes >= 4 * MiB - 128 * 1024, 'it is full')
  const before = clock.now()
  const late = await open()
  t.ok(clock.now() - before < 100, `${clock.now() - before} ms`)
  t.ok(((await late.next()).value?.length ?? 0) > 0)
  for (const stream of [...greedy, late]) await stream.return()
})

t.test('memory is shared max-min fairly: who wants little gets it, the others get equal parts of the rest', async t => {
  const memoryBytes = 12 * MiB
  const { clock, engine, open } = createYard(2000 * MiB, [{ bytesPerMs: 100_000, latencyMs: 400 }], { memoryBytes, laneCeilingBytes: 64 * MiB })
  const gone = new AbortController()
  const end = (error: unknown) => { if (error !== gone.signal.reason) throw error }
  const read1 = async (bytesPerMs: number) => {
    const progress = { bytes: 0 }
    const run = async () => {
      for await (const chunk of await open(0, undefined, gone.signal)) {
        progress.bytes += chunk.length
        await pause(clock, chunk.length / bytesPerMs)
      }
    }
    run().catch(end)
    return progress
  }
  const modest = [await read1(100), await read1(100)]
  const greedy = [await read1(50_000), await read1(50_000), await read1(50_000)]
  await pause(clock, 5000)
  const before = [...modest, ...greedy].map(({ bytes }) => bytes)
  await pause(clock, 20_000)
  const rates = [...modest, ...greedy].map(({ bytes }, index) => (bytes - (before[index] ?? 0)) / 20_000)
  gone.abort(new Error('enough'))
  t.ok(rates.slice(0, 2).every(rate => rate > 95), `${rates.slice(0, 2).map(Math.round)} of 100`)
  const big = rates.slice(2)
  t.ok(Math.min(...big) > 0.8 * Math.max(...big), `${big.map(Math.round)}`)
  t.same(engine.usage(), { heldBytes: 0, streams: 0 })
})

t.test('what is kept ahead follows the reader: one who takes 5 MB at 2 MB/s and leaves costs 4 MiB more at most', async t => {
  for (const latencyMs of [0, 50, 200]) {
    const { clock, lines, open } = createYard(2000 * MiB, [{ bytesPerMs: 100_000, latencyMs }])
    const { bytes } = await read(await open(), clock, { bytesPerMs: 2000, atMost: 5_000_000 })
    t.ok(sentBy(lines) <= bytes + 4 * MiB, `${((sentBy(lines) - bytes) / MiB).toFixed(1)} MiB more at ${latencyMs} ms`)
  }
})

t.test('who goes on after an hour does so as before, and not by a hundred tiny requests', async t => {
  const { clock, lines: [line], open } = createYard(100 * MiB, [{ bytesPerMs: 10_000, latencyMs: 100 }])
  const stream = await open()
  await takeFrom(stream, clock, 20 * MiB)
  await pause(clock, 3_600_000)
  const before = line?.asked.length ?? 0
  await takeFrom(stream, clock, 10 * MiB)
  const asked = line?.asked.slice(before) ?? []
  t.ok(asked.length < 40, `${asked.length} requests for 10 MiB`)
  t.ok(asked.every(({ limit }) => limit >= 64 * 1024))
  await stream.return()
})

t.test('who leaves asks for nothing any more', async t => {
  const { clock, engine, lines, open } = createYard(2000 * MiB, [{ bytesPerMs: 8000, latencyMs: 50 }, { bytesPerMs: 8000, latencyMs: 50 }])
  const gone = new AbortController()
  const reading = read(await open(0, undefined, gone.signal), clock)
  await pause(clock, 1000)
  gone.abort(new Error('the viewer left'))
  const asked = askedOf(lines)
  await t.rejects(reading, { message: 'the viewer left' })
  await pause(clock, 5000)
  t.equal(askedOf(lines), asked)
  t.same(engine.usage(), { heldBytes: 0, streams: 0 })
  t.ok(engine.reports().every(({ inFlightBytes }) => inFlightBytes === 0))
})

t.test('whatever the lines and the readers, each byte is asked for once, unless its answer was overdue, and memory is bounded', async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  for (let round = 0; round < 60; round++) {
    const random = createRandom(seed + round)
    const size = random.whole(1, 60 * MiB)
    const memoryBytes = random.pick([2, 8, 96]) * MiB
    const lines = Array.from({ length: random.whole(1, 5) }, () => ({ bytesPerMs: random.pick([200, 2000, 20_000]), latencyMs: random.whole(0, 300), connectMs: random.pick([0, 0, 700]) }))
    const yard = createYard(size, lines, { memoryBytes, random: random.fraction })
    const readers = Array.from({ length: random.whole(1, 4) }, () => {
      const start = random.whole(0, size - 1)
      return { start, end: random.whole(start + 1, size), bytesPerMs: random.pick([100, 2000, Infinity]) }
    })
    const readings = await Promise.all(readers.map(async ({ start, end, bytesPerMs }) => await read(await yard.open(start, end), yard.clock, { bytesPerMs })))
    const wanted = readers.reduce((sum, { start, end }) => sum + end - start, 0)
    const isWhole = readings.every(({ bytes }, index) => bytes === (readers[index]?.end ?? 0) - (readers[index]?.start ?? 0))
    // A chunk may begin and end outside the range; overdue ones and those that stalled readers gave back come twice.
    const most = 1.02 * wanted + readers.length * (4 * MiB + 2 * 128 * 1024)
    const { heldBytes, streams } = yard.engine.usage()
    if (!isWhole || sentBy(yard.lines) > most || heldBytes !== 0 || streams !== 0) t.fail(`seed ${seed + round}`, { wanted, sent: sentBy(yard.lines), most, isWhole, heldBytes, streams })
  }
  t.pass('60 rounds')
})

t.test('while requests are scarce each reader has his turn, whoever came first and however short his requests are', async t => {
  const size = 400 * MiB
  const { clock, open } = createYard(size, [0, 1].map(() => ({ bytesPerMs: 2000, latencyMs: 30 })), { laneCeilingBytes: MiB })
  const taken = Array.from({ length: 60 }, () => 0)
  const leaving = new AbortController()
  const readers = taken.map(async (_, index) => {
    // Some begin where only short chunks fit.
    const stream = await open(index * MiB + (index % 3) * 4096, size, leaving.signal)
    for await (const chunk of stream) taken[index] = (taken[index] ?? 0) + chunk.length
  })
  await pause(clock, 60_000)
  leaving.abort()
  await Promise.allSettled(readers)
  const mean = taken.reduce((sum, bytes) => sum + bytes, 0) / taken.length
  t.ok(mean * taken.length > 0.9 * 60_000 * 4000, `${Math.round(mean * taken.length / 1e6)} MB together`)
  t.ok(Math.min(...taken) > 0.7 * mean, `the least is ${(Math.min(...taken) / mean).toFixed(2)} of the mean`)
})

t.test('what is taken from those who have stopped reading is not fetched again for nobody, while somebody waits for a slow line', async t => {
  const size = 1024 * MiB
  const { clock, engine, lines: [fast, slow] } = createYard(size, [{ bytesPerMs: 100_000, latencyMs: 20 }, { bytesPerMs: 256, latencyMs: 20 }], { memoryBytes: 16 * MiB, laneCeilingBytes: 8 * MiB })
  if (fast === undefined || slow === undefined) return t.fail('lines')
  const gone = new AbortController()
  const openOver = async (line: Line) => await engine.openStream({ id: fileId, size }, { start: 0, end: size }, [line.source], gone.signal)
  const stopped = await Promise.all(Array.from({ length: 4 }, async () => await openOver(fast)))
  for (const stream of stopped) for (let got = 0; got < 20 * MiB;) got += (await stream.next()).value?.length ?? 0
  await pause(clock, 15_000)
  const sentBefore = fast.sent
  const reading = read(await openOver(slow), clock).catch(error => { if (error !== gone.signal.reason) throw error })
  await pause(clock, 20_000)
  t.ok(fast.sent - sentBefore < 16 * MiB, `${((fast.sent - sentBefore) / MiB).toFixed(1)} MiB that nobody asked for`)
  t.ok(slow.sent > 0.9 * 20_000 * 256)
  const [first] = stopped
  for (let got = 0; got < 20 * MiB;) got += (await first?.next())?.value?.length ?? 0
  gone.abort(new Error('enough'))
  await reading
})

t.test('a trouble of all bots that is over before the reader gets there is not his', async t => {
  const size = 100 * MiB
  const { clock, engine } = createYard(size, [])
  let isDown = false
  const fetch = async (_offset: number, limit: number, onSent: () => void) => {
    onSent()
    await pause(clock, 20)
    if (isDown) throw new SourceFailed('RPC_CALL_FAIL')
    return new Uint8Array(limit)
  }
  const open = async () => await engine.openStream({ id: fileId, size }, { start: 0, end: size }, ['one', 'two', 'three'].map(name => ({ name, lane: name, fetch })), new AbortController().signal)
  const stream = await open()
  const { value } = await stream.next()
  isDown = true
  await pause(clock, 20_000)
  isDown = false
  t.equal((await read(stream, clock)).bytes, size - (value?.length ?? 0))

  const late = await open()
  isDown = true
  await t.rejects(read(late, clock), { code: 'FILE_UNAVAILABLE' })
})
