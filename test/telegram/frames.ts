import t from 'tap'
import { createFrameReader, encodeFrame } from '../../src/telegram/frames.js'
import { Helpers } from './fixtures/gramjs.js'

/** A reader that is fed chunks, as a socket feeds it: never more at a time than there is room for. */
function pushing () {
  const reader = createFrameReader()
  return (chunk: Uint8Array): Buffer[] => {
    const payloads: Buffer[] = []
    for (let at = 0; at < chunk.length;) {
      const room = reader.room()
      const part = chunk.subarray(at, at + room.length)
      room.set(part)
      payloads.push(...reader.filled(part.length))
      at += part.length
    }
    return payloads
  }
}

const payload = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i % 251))

t.test('a frame cut at every byte comes back whole', async t => {
  const frame = encodeFrame(payload(50), 3)
  const wrong: number[] = []
  for (let cut = 0; cut <= frame.length; cut++) {
    const push = pushing()
    const got = [...push(frame.subarray(0, cut)), ...push(frame.subarray(cut))]
    if (got.length !== 1 || !got[0]?.equals(payload(50))) wrong.push(cut)
  }
  t.same(wrong, [])
})

t.test('many frames in one chunk, and one byte at a time, come back in order', async t => {
  const sizes = [4, 8, 1000, 5, 65_536, 16]
  const stream = Buffer.concat(sizes.map((size, i) => encodeFrame(payload(size), i)))
  t.same(pushing()(stream).map(p => p.length), sizes)
  const push = pushing()
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
      if (pushing()(frame).length > 0) missed.push(bit)
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
    t.throws(() => pushing()(head), { code: 'BAD_FRAME' }, `${length}`)
  }
})

t.test('a transport error without a frame comes back as its number', async t => {
  const raw = Buffer.alloc(12)
  for (const at of [0, 4, 8]) raw.writeInt32LE(-429, at)
  t.same(pushing()(raw).map(p => p.readInt32LE(0)), [-429])
})

t.test('long frames come back whole and in memory of their own, however the bytes arrive around the length that is read directly', async t => {
  const sizes = [65_520, 65_524, 65_528, 1_048_600, 4, 131_072, 200_000, 8]
  const stream = Buffer.concat(sizes.map((size, i) => encodeFrame(payload(size), i)))
  for (const step of [1_000, 65_535, 65_536, 65_537, 300_000, stream.length]) {
    const push = pushing()
    const got: Buffer[] = []
    for (let at = 0; at < stream.length; at += step) got.push(...push(stream.subarray(at, at + step)))
    t.same(got.map(p => p.length), sizes, `in steps of ${step}`)
    t.ok(got.every(p => p.equals(payload(p.length))), 'when all have come, none has overwritten another')
  }
})

t.test('a long frame is read into its own place', async t => {
  const frame = encodeFrame(payload(1_000_000), 0)
  const reader = createFrameReader()
  const first = reader.room()
  first.set(frame.subarray(0, first.length))
  t.same(reader.filled(first.length), [])
  const rest = reader.room()
  t.equal(rest.length, frame.length - first.length)
  rest.set(frame.subarray(first.length))
  const [whole] = reader.filled(rest.length)
  t.equal(whole?.buffer, rest.buffer)
  t.ok(whole?.equals(payload(1_000_000)))
})
