import t from 'tap'
import { createFrameReader, encodeFrame } from '../../src/telegram/frames.js'
import { Helpers } from './fixtures/gramjs.js'

const payload = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i % 251))

t.test('a frame cut at every byte comes back whole', async t => {
  const frame = encodeFrame(payload(50), 3)
  const wrong: number[] = []
  for (let cut = 0; cut <= frame.length; cut++) {
    const push = createFrameReader()
    const got = [...push(frame.subarray(0, cut)), ...push(frame.subarray(cut))]
    if (got.length !== 1 || !got[0]?.equals(payload(50))) wrong.push(cut)
  }
  t.same(wrong, [])
})

t.test('many frames in one chunk, and one byte at a time, come back in order', async t => {
  const sizes = [4, 8, 1000, 5, 65_536, 16]
  const stream = Buffer.concat(sizes.map((size, i) => encodeFrame(payload(size), i)))
  t.same(createFrameReader()(stream).map(p => p.length), sizes)
  const push = createFrameReader()
  const got = [...stream].flatMap(byte => push(Uint8Array.of(byte)))
  t.same(got.map(p => p.length), sizes)
  t.ok(got.every(p => p.equals(payload(p.length))))
})

t.test('a frame is what GramJS writes', async t => {
  const frame = encodeFrame(payload(40), 7)
  t.equal(frame.readInt32LE(0), 52)
  t.equal(frame.readInt32LE(4), 7)
  t.equal(frame.readUInt32LE(48), Helpers.crc32(frame.subarray(0, 48)))
})

t.test('a flipped bit anywhere is noticed', async t => {
  const missed: number[] = []
  for (let bit = 32; bit < 8 * 32; bit++) {
    const frame = encodeFrame(payload(20), 0)
    frame[bit >> 3] = (frame[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    try {
      if (createFrameReader()(frame).length > 0) missed.push(bit)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'BAD_FRAME')) throw error
    }
  }
  t.same(missed, [])
})

t.test('a length that no frame has is refused before memory is taken for it', async t => {
  for (const length of [0, 8, 15, 0x7fffffff]) {
    const head = Buffer.alloc(8)
    head.writeInt32LE(length)
    t.throws(() => createFrameReader()(head), { code: 'BAD_FRAME' }, `${length}`)
  }
})

t.test('a transport error without a frame comes back as its number', async t => {
  const raw = Buffer.alloc(12)
  for (const at of [0, 4, 8]) raw.writeInt32LE(-429, at)
  t.same(createFrameReader()(raw).map(p => p.readInt32LE(0)), [-429])
})
