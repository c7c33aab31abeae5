import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createFrameReader, frameOf } from '../../../src/sandbox/network/framing.js'

const payloads = [4, 8, 40, 4].map(length => randomBytes(length))
const stream = Buffer.concat(payloads.map((payload, number) => frameOf(number, payload)))

/** Everything that comes out when the stream goes in in these pieces. */
function read (pieces: Buffer[]): Buffer[] {
  const reader = createFrameReader()
  const out: Buffer[] = []
  for (const piece of pieces) {
    reader.push(piece)
    for (let payload = reader.next(); payload !== null; payload = reader.next()) out.push(payload)
  }
  return out
}

t.test('frames come out whole, wherever the stream is cut in three', async t => {
  const wrong: string[] = []
  for (let a = 0; a <= stream.length; a++) {
    for (let b = a; b <= stream.length; b++) {
      const out = read([stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)])
      if (!Buffer.concat(out).equals(Buffer.concat(payloads)) || out.length !== payloads.length) wrong.push(`${a}, ${b}`)
    }
  }
  t.same(wrong, [])
})

t.test('frames come out whole byte by byte', async t => {
  t.same(read([...stream].map(byte => Buffer.of(byte))), payloads)
})

t.test('a megabyte in small pieces is one frame', async t => {
  const payload = randomBytes(1 << 20)
  const frame = frameOf(0, payload)
  const pieces = Array.from({ length: Math.ceil(frame.length / 1000) }, (_, i) => frame.subarray(i * 1000, i * 1000 + 1000))
  t.ok(read(pieces)[0]?.equals(payload))
})

t.test('any flipped bit is noticed', async t => {
  const frame = frameOf(0, randomBytes(8))
  const unnoticed: number[] = []
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const spoilt = Buffer.from(frame)
    spoilt.writeUInt8(spoilt.readUInt8(bit >> 3) ^ 1 << (bit & 7), bit >> 3)
    try {
      if (read([spoilt]).length > 0) unnoticed.push(bit)
    } catch {}
  }
  t.same(unnoticed, [])
})

t.test('a frame out of order, too long or too short is refused by name', async t => {
  t.throws(() => read([frameOf(1, randomBytes(8))]), /frame 1 came instead of frame 0/)
  t.throws(() => read([Buffer.from('0400000100000000', 'hex')]), /no TCP Full frame: length 16777220/)
  t.throws(() => read([Buffer.from('0800000000000000', 'hex')]), /no TCP Full frame: length 8/)
})
