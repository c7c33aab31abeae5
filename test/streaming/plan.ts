import t from 'tap'
import { chunkSizes, createPlan } from '../../src/streaming/plan.js'
import type { Chunk, ChunkSizes } from '../../src/streaming/plan.js'
import type { ByteRange } from '../../src/media.js'
import { knownBytes } from './fixtures/scripted.js'

const KiB = 1024
const MiB = 1024 * KiB

/** All chunks of a range, as long as they may be, or as `atMost` says for each. */
function * planChunks (range: ByteRange, sizes: ChunkSizes, atMost: () => number = () => sizes.largest): Generator<Chunk> {
  const plan = createPlan(range, sizes)
  for (let chunk = plan.next(atMost()); chunk !== null; chunk = plan.next(atMost())) {
    plan.take(chunk)
    yield chunk
  }
}

const miniatures: ChunkSizes[] = [
  { smallest: 1, first: 1, largest: 1 },
  { smallest: 2, first: 4, largest: 16 },
  { smallest: 4, first: 4, largest: 32 },
  { smallest: 8, first: 64, largest: 64 }
]

for (const sizes of miniatures) {
  t.test(`every range of a small file is covered exactly, by legal requests of ${sizes.smallest} to ${sizes.largest} bytes`, async t => {
    const file = knownBytes(100)
    const wrong: string[] = []
    for (let start = 0; start <= 100; start++) {
      for (let end = start; end <= 100; end++) {
        const chunks = [...planChunks({ start, end }, sizes)]
        const parts = chunks.map(({ offset, limit, from, to }) => file.subarray(offset, offset + limit).subarray(from, to))
        if (!Buffer.concat(parts).equals(file.subarray(start, end))) wrong.push(`[${start}, ${end}) has other bytes`)
        if (parts.some(part => part.length === 0)) wrong.push(`[${start}, ${end}) has an empty chunk`)
        for (const { offset, limit } of chunks) {
          const isLegal = Number.isInteger(Math.log2(limit)) && offset % limit === 0 && offset < 100 && limit >= sizes.smallest && limit <= sizes.largest
          if (!isLegal) wrong.push(`[${start}, ${end}) asks for ${limit} at ${offset}`)
        }
        chunks.forEach(({ limit }, index) => {
          const most = index === 0 ? sizes.first : (chunks[index - 1]?.limit ?? 0) * 2
          if (limit > most) wrong.push(`[${start}, ${end}) jumps to ${limit}`)
        })
        const asked = chunks.reduce((sum, { limit }) => sum + limit, 0)
        if (asked > (end - start) * 2 + sizes.first + sizes.smallest * 2) wrong.push(`[${start}, ${end}) asks for ${asked} bytes`)
      }
    }
    t.same(wrong, [])
  })
}

t.test('two bytes cost one small request', async t => {
  t.same([...planChunks({ start: 0, end: 2 }, chunkSizes)], [{ offset: 0, limit: 4 * KiB, from: 0, to: 2 }])
  t.same([...planChunks({ start: 5 * MiB + 77, end: 5 * MiB + 79 }, chunkSizes)], [{ offset: 5 * MiB, limit: 4 * KiB, from: 77, to: 79 }])
  const acrossMiB = [...planChunks({ start: MiB - 1, end: MiB + 1 }, chunkSizes)].map(({ limit }) => limit)
  t.same(acrossMiB, [4 * KiB, 4 * KiB])
})

t.test('a whole file begins with 128 KiB and goes on by the MiB', async t => {
  const limits = [...planChunks({ start: 0, end: 6 * MiB }, chunkSizes)].map(({ limit }) => limit / KiB)
  t.same(limits, [128, 128, 256, 512, 1024, 1024, 1024, 1024, 1024])
})

t.test('a seek begins with at most 128 KiB that hold the wanted byte, and is at full length after seven chunks', async t => {
  const wrong: string[] = []
  for (let start = 1; start < 3 * MiB; start += 13_331) {
    const [first, ...others] = planChunks({ start, end: 40 * MiB }, chunkSizes)
    if (first === undefined || first.limit > 128 * KiB || first.offset > start || first.offset + first.limit <= start) wrong.push(`${start}: ${JSON.stringify(first)}`)
    if (!others.slice(6).every(({ limit }) => limit === MiB)) wrong.push(`${start} is slow`)
  }
  t.same(wrong, [])
})

t.test('offsets beyond 32 bits are exact', async t => {
  const size = 4_194_304_000
  const [first] = planChunks({ start: size - 1, end: size }, chunkSizes)
  t.same(first, { offset: size - 4096, limit: 4096, from: 4095, to: 4096 })
})
