import t from 'tap'
import { parseRanges } from '../../src/http/ranges.js'

/** So many ranges of one byte each. */
const several = (count: number) => `bytes=${Array.from({ length: count }, (_, index) => `${index * 10}-${index * 10}`).join(',')}`

type Expected = Array<[start: number, end: number]> | 'whole' | 'none'

/** Range header, size of the file, what is meant. */
const table: Array<[header: string | undefined, size: number, expected: Expected]> = [
  [undefined, 1000, 'whole'],
  ['', 1000, 'whole'],
  // closed
  ['bytes=0-0', 1000, [[0, 1]]],
  ['bytes=0-1', 1000, [[0, 2]]],
  ['bytes=0-999', 1000, [[0, 1000]]],
  ['bytes=500-600', 1000, [[500, 601]]],
  ['bytes=999-999', 1000, [[999, 1000]]],
  ['bytes=0-0', 1, [[0, 1]]],
  // the end is clamped
  ['bytes=0-1000', 1000, [[0, 1000]]],
  ['bytes=990-5000', 1000, [[990, 1000]]],
  ['bytes=0-99999999999999999999999', 1000, [[0, 1000]]],
  [`bytes=0-${'9'.repeat(400)}`, 1000, [[0, 1000]]],
  // open
  ['bytes=0-', 1000, [[0, 1000]]],
  ['bytes=1-', 1000, [[1, 1000]]],
  ['bytes=999-', 1000, [[999, 1000]]],
  ['bytes=4194303999-', 4_194_304_000, [[4_194_303_999, 4_194_304_000]]],
  ['bytes=2147483647-2147483648', 4_194_304_000, [[2_147_483_647, 2_147_483_649]]],
  // suffix
  ['bytes=-1', 1000, [[999, 1000]]],
  ['bytes=-1000', 1000, [[0, 1000]]],
  ['bytes=-1001', 1000, [[0, 1000]]],
  ['bytes=-99999999999999999999999', 1000, [[0, 1000]]],
  ['bytes=-0', 1000, 'none'],
  // past the end
  ['bytes=1000-', 1000, 'none'],
  ['bytes=1000-1000', 1000, 'none'],
  ['bytes=1000-2000', 1000, 'none'],
  ['bytes=99999999999999999999999-', 1000, 'none'],
  // an empty file
  ['bytes=0-', 0, 'none'],
  ['bytes=0-0', 0, 'none'],
  ['bytes=-5', 0, 'whole'],
  ['bytes=-0', 0, 'none'],
  // what may be written otherwise
  ['Bytes=0-1', 1000, [[0, 2]]],
  ['bytes=0-1,', 1000, [[0, 2]]],
  ['bytes= 0-1', 1000, [[0, 2]]],
  ['bytes=007-8', 1000, [[7, 9]]],
  // several, in the order in which they were asked for
  ['bytes=0-1,5-6', 1000, [[0, 2], [5, 7]]],
  ['bytes=0-0,-1', 1000, [[0, 1], [999, 1000]]],
  ['bytes=5-6, 0-1', 1000, [[5, 7], [0, 2]]],
  ['bytes=5-6 ,\t0-1, ,', 1000, [[5, 7], [0, 2]]],
  ['bytes=0-4,5-9', 1000, [[0, 5], [5, 10]]],
  ['bytes=0-1,-5', 1000, [[0, 2], [995, 1000]]],
  // what lies past the end is left out
  ['bytes=0-1,1000-', 1000, [[0, 2]]],
  ['bytes=2000-,0-1,-0,998-5000', 1000, [[0, 2], [998, 1000]]],
  ['bytes=1000-,2000-3000', 1000, 'none'],
  ['bytes=0-,-0', 0, 'none'],
  ['bytes=0-,-1', 0, 'whole'],
  // two that overlap become one
  ['bytes=0-9,5-14', 1000, [[0, 15]]],
  ['bytes=100-199,0-9,150-299', 1000, [[100, 300], [0, 10]]],
  ['bytes=0-,-1', 1000, [[0, 1000]]],
  ['bytes=5-6,5-6', 1000, [[5, 7]]],
  // more overlaps, and more than sixteen, are abuse
  ['bytes=0-9,5-14,10-19', 1000, 'whole'],
  ['bytes=0-4,10-14,3-12', 1000, 'whole'],
  ['bytes=0-,0-,0-', 1000, 'whole'],
  [several(16), 1000, Array.from({ length: 16 }, (_, index) => [index * 10, index * 10 + 1])],
  [several(17), 1000, 'whole'],
  [`bytes=${'5000-,'.repeat(17)}`, 1000, 'whole'],
  [`bytes=${','.repeat(1000)}0-1`, 1000, [[0, 2]]],
  // one that is not well formed spoils the set
  ['bytes=0-1,b-c', 1000, 'whole'],
  ['bytes=0-1,9-8', 1000, 'whole'],
  ['bytes=0-1;5-6', 1000, 'whole'],
  ['bytes=0-1, bytes=5-6', 1000, 'whole'],
  // not well formed
  ['bytes=600-500', 1000, 'whole'],
  ['bytes=1000-999', 1000, 'whole'],
  ['bytes=-', 1000, 'whole'],
  ['bytes=', 1000, 'whole'],
  ['bytes=,', 1000, 'whole'],
  ['bytes', 1000, 'whole'],
  ['bytes 0-1', 1000, 'whole'],
  ['bytes=5', 1000, 'whole'],
  ['bytes=a-b', 1000, 'whole'],
  ['bytes=0x1-0x2', 1000, 'whole'],
  ['bytes=+1-2', 1000, 'whole'],
  ['bytes=--5', 1000, 'whole'],
  ['bytes=1--2', 1000, 'whole'],
  ['bytes=1-2-3', 1000, 'whole'],
  ['bytes=1.5-2', 1000, 'whole'],
  ['bytes=1e2-', 1000, 'whole'],
  ['bytes=0 - 1', 1000, 'whole'],
  ['bytes=\u00a00-1', 1000, 'whole'],
  ['bytes=0-1\u00a0', 1000, 'whole'],
  ['bytes=٠-١', 1000, 'whole'],
  // other units
  ['items=0-1', 1000, 'whole'],
  ['kilobytes=0-1', 1000, 'whole'],
  ['none', 1000, 'whole']
]

t.test('a Range header means what RFC 9110 says', async t => {
  for (const [header, size, expected] of table) {
    const asked = parseRanges(header, size)
    t.same(typeof asked === 'string' ? asked : asked.map(({ start, end }) => [start, end]), expected, `${header?.slice(0, 40)} of ${size}`)
  }
})

t.test('blanks cost no more than their number, wherever they stand', async t => {
  // With a square of their number this would take an hour.
  const blanks = ' \t'.repeat(1_000_000)
  t.equal(parseRanges(`bytes=0-1${blanks}x`, 1000), 'whole')
  t.equal(parseRanges(`bytes=${blanks}0-${blanks}1`, 1000), 'whole')
  t.same(parseRanges(`${blanks}bytes=${blanks}0-1${blanks},${blanks}`, 1000), [{ start: 0, end: 2 }])
})

t.test('every closed, open and suffix range of small files is right', async t => {
  const wrong: string[] = []
  for (let size = 1; size <= 8; size++) {
    const positions = [...Array(size).keys()]
    for (let a = 0; a <= size + 1; a++) {
      const check = (header: string, wanted: number[]) => {
        const asked = parseRanges(header, size)
        const got = typeof asked === 'string' ? [] : asked.flatMap(({ start, end }) => positions.slice(start, end))
        if (String(got) !== String(wanted)) wrong.push(`${header} of ${size}: ${got}`)
      }
      for (let b = a; b <= size + 1; b++) check(`bytes=${a}-${b}`, positions.filter(position => position >= a && position <= b))
      check(`bytes=${a}-`, positions.filter(position => position >= a))
      check(`bytes=-${a}`, a === 0 ? [] : positions.slice(-a))
    }
  }
  t.same(wrong, [])
})

t.test('every pair of ranges of small files gives each byte once, and all that either asks for', async t => {
  const wrong: string[] = []
  for (let size = 1; size <= 6; size++) {
    const positions = [...Array(size).keys()]
    const specs = positions.flatMap(a => positions.filter(b => b >= a).map(b => [a, b] as const))
    for (const [a, b] of specs) {
      for (const [c, d] of specs) {
        const asked = parseRanges(`bytes=${a}-${b},${c}-${d}`, size)
        const got = typeof asked === 'string' ? [asked] : asked.flatMap(({ start, end }) => positions.slice(start, end)).sort()
        const wanted = positions.filter(position => (position >= a && position <= b) || (position >= c && position <= d))
        if (String(got) !== String(wanted)) wrong.push(`${a}-${b},${c}-${d} of ${size}: ${got}`)
      }
    }
  }
  t.same(wrong, [])
})
