import t from 'tap'
import { bytesContent, syntheticContent } from '../../../src/sandbox/world/content.js'

t.test('every range of a synthetic file is that range of the whole', async t => {
  const content = syntheticContent('ranges', 100)
  const whole = Buffer.from(content.read(0, 100))
  const wrong: string[] = []
  for (let start = 0; start <= 101; start++) {
    for (let length = 0; length <= 101; length++) {
      if (!whole.subarray(start, start + length).equals(content.read(start, length))) wrong.push(`${length} at ${start}`)
    }
  }
  t.same(wrong, [])
})

t.test('places beyond 32 bits have bytes of their own', async t => {
  const content = syntheticContent('large', 2 ** 40)
  for (const place of [2 ** 31, 2 ** 32, 2 ** 36 + 5]) {
    const around = Buffer.from(content.read(place - 20, 40))
    t.ok(around.subarray(20).equals(content.read(place, 20)), `reading from ${place} on`)
    t.notOk(around.subarray(20).equals(content.read(place % 2 ** 31, 20)), `${place} does not wrap around`)
  }
})

t.test('the seed decides the bytes', async t => {
  const [one, same, other] = ['a', 'a', 'b'].map(seed => Buffer.from(syntheticContent(seed, 64).read(0, 64)))
  t.ok(one?.equals(same ?? Buffer.alloc(0)))
  t.notOk(one?.equals(other ?? Buffer.alloc(0)))
})

t.test('nothing is behind the end, and an empty file has nothing at all', async t => {
  t.equal(syntheticContent('x', 10).read(8, 10).length, 2)
  t.equal(syntheticContent('x', 10).read(10, 10).length, 0)
  t.equal(syntheticContent('x', 0).read(0, 4096).length, 0)
  t.same(bytesContent(Buffer.from('ferry')).read(3, 10), Buffer.from('ry'))
})

t.test('a size that is no number of bytes is refused', async t => {
  t.throws(() => syntheticContent('x', -1), /whole number of bytes, not -1/)
  t.throws(() => syntheticContent('x', 1.5), /not 1.5/)
})
