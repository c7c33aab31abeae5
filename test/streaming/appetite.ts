import t from 'tap'
import { createAppetite } from '../../src/streaming/appetite.js'

const KiB = 1024

t.test('in the beginning each way gets a part of what is wanted ahead; later only the reader counts', async t => {
  const appetite = createAppetite({ first: 512 * KiB, most: 48 * KiB * KiB })
  t.equal(appetite.chunkBytes(1), 512 * KiB)
  t.equal(appetite.chunkBytes(4), 128 * KiB)
  t.equal(appetite.chunkBytes(11), 64 * KiB, 'no finer than that')
  appetite.asked(0)
  appetite.gave(2 * KiB * KiB, 10)
  t.equal(appetite.chunkBytes(4), 2.5 * KiB * KiB / 4)
  appetite.asked(2010)
  t.equal(appetite.chunkBytes(1), 0.5 * KiB * KiB, 'half a second of a reader who takes 1 MiB a second')
})
