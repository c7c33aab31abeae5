import t from 'tap'
import { formatSize } from '../src/format-size.js'

t.test('a size reads as people write it', async t => {
  const cases: Array<[number, string]> = [
    [0, '0 B'], [1, '1 B'], [999, '999 B'], [1000, '1 KB'], [1500, '1.5 KB'], [999_949, '999.9 KB'], [999_950, '1.0 MB'],
    [1_000_000, '1 MB'], [2_097_152_000, '2.1 GB'], [4_194_304_000, '4.2 GB'], [1e15, '1000000 GB']
  ]
  for (const [bytes, text] of cases) t.equal(formatSize(bytes), text)
})
