import t from 'tap'
import { answerFor, parseRange } from '../../src/http/answer.js'
import { entityTag } from '../../src/http/file-headers.js'
import { mediaFile } from './fixtures/server.js'

type Expected = [start: number, end: number] | 'whole' | 'none'

/** Range header, size of the file, what is meant. */
const table: Array<[header: string | undefined, size: number, expected: Expected]> = [
  [undefined, 1000, 'whole'],
  ['', 1000, 'whole'],
  // closed
  ['bytes=0-0', 1000, [0, 1]],
  ['bytes=0-1', 1000, [0, 2]],
  ['bytes=0-999', 1000, [0, 1000]],
  ['bytes=500-600', 1000, [500, 601]],
  ['bytes=999-999', 1000, [999, 1000]],
  ['bytes=0-0', 1, [0, 1]],
  // the end is clamped
  ['bytes=0-1000', 1000, [0, 1000]],
  ['bytes=990-5000', 1000, [990, 1000]],
  ['bytes=0-99999999999999999999999', 1000, [0, 1000]],
  [`bytes=0-${'9'.repeat(400)}`, 1000, [0, 1000]],
  // open
  ['bytes=0-', 1000, [0, 1000]],
  ['bytes=1-', 1000, [1, 1000]],
  ['bytes=999-', 1000, [999, 1000]],
  ['bytes=4194303999-', 4_194_304_000, [4_194_303_999, 4_194_304_000]],
  ['bytes=2147483647-2147483648', 4_194_304_000, [2_147_483_647, 2_147_483_649]],
  // suffix
  ['bytes=-1', 1000, [999, 1000]],
  ['bytes=-1000', 1000, [0, 1000]],
  ['bytes=-1001', 1000, [0, 1000]],
  ['bytes=-99999999999999999999999', 1000, [0, 1000]],
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
  ['Bytes=0-1', 1000, [0, 2]],
  ['bytes=0-1,', 1000, [0, 2]],
  ['bytes= 0-1', 1000, [0, 2]],
  ['bytes=007-8', 1000, [7, 9]],
  // several
  ['bytes=0-1,5-6', 1000, 'whole'],
  ['bytes=0-0,-1', 1000, 'whole'],
  ['bytes=5-6, 0-1', 1000, 'whole'],
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
  ['bytes=٠-١', 1000, 'whole'],
  // other units
  ['items=0-1', 1000, 'whole'],
  ['kilobytes=0-1', 1000, 'whole'],
  ['none', 1000, 'whole']
]

t.test('a Range header means what RFC 9110 says', async t => {
  for (const [header, size, expected] of table) {
    const range = parseRange(header, size)
    t.same(typeof range === 'string' ? range : [range.start, range.end], expected, `${header?.slice(0, 40)} of ${size}`)
  }
})

t.test('every closed, open and suffix range of small files is right', async t => {
  const wrong: string[] = []
  for (let size = 1; size <= 8; size++) {
    const positions = [...Array(size).keys()]
    for (let a = 0; a <= size + 1; a++) {
      const check = (header: string, wanted: number[]) => {
        const range = parseRange(header, size)
        const got = typeof range === 'string' ? [] : positions.slice(range.start, range.end)
        if (String(got) !== String(wanted)) wrong.push(`${header} of ${size}: ${got}`)
      }
      for (let b = a; b <= size + 1; b++) check(`bytes=${a}-${b}`, positions.filter(position => position >= a && position <= b))
      check(`bytes=${a}-`, positions.filter(position => position >= a))
      check(`bytes=-${a}`, a === 0 ? [] : positions.slice(-a))
    }
  }
  t.same(wrong, [])
})

const file = mediaFile()
const etag = entityTag(file)
const date = 'Tue, 03 Feb 2026 04:05:06 GMT'
const ask = (headers: Record<string, string>, method = 'GET', size = 1000) => answerFor(mediaFile({ size }), { method, headers, attachment: false })

t.test('a whole file is 200 with all that players look for', async t => {
  t.same(ask({}), {
    status: 200,
    range: { start: 0, end: 1000 },
    headers: {
      etag,
      'last-modified': date,
      'cache-control': 'public, no-cache, no-transform',
      'content-type': 'video/mp4',
      'content-disposition': 'inline; filename="film.mp4"',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-length': '1000'
    }
  })
  t.match(etag, /^"AgADfile-[a-z0-9]+"$/, 'the tag is strong')
})

t.test('a part is 206 with its place, also when the part is all of it', async t => {
  t.match(ask({ range: 'bytes=-100' }), { status: 206, range: { start: 900, end: 1000 }, headers: { 'content-range': 'bytes 900-999/1000', 'content-length': '100', etag } })
  t.match(ask({ range: 'bytes=0-' }), { status: 206, range: { start: 0, end: 1000 }, headers: { 'content-range': 'bytes 0-999/1000', 'content-length': '1000' } })
})

t.test('a range that does not exist is 416 and tells the size', async t => {
  t.match(ask({ range: 'bytes=1000-' }), { status: 416, range: null, headers: { 'content-range': 'bytes */1000' } })
})

t.test('HEAD ignores Range and has no body', async t => {
  const answer = ask({ range: 'bytes=5-6' }, 'HEAD')
  t.match(answer, { status: 200, range: null, headers: { 'content-length': '1000' } })
  t.notOk('content-range' in answer.headers)
  t.equal(ask({ range: 'bytes=5000-' }, 'HEAD').status, 200)
})

t.test('an empty file is answered without asking anybody for bytes', async t => {
  t.match(ask({}, 'GET', 0), { status: 200, range: null, headers: { 'content-length': '0' } })
  t.match(ask({ range: 'bytes=0-' }, 'GET', 0), { status: 416, headers: { 'content-range': 'bytes */0' } })
})

t.test('conditions are obeyed in the order of RFC 9110', async t => {
  const other = '"other"'
  const later = 'Tue, 03 Feb 2026 04:05:07 GMT'
  const earlier = 'Tue, 03 Feb 2026 04:05:05 GMT'
  const cases: Array<[headers: Record<string, string>, status: number]> = [
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `W/${etag}` }, 304],
    [{ 'if-none-match': `${other}, ${etag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': other }, 200],
    [{ 'if-none-match': 'nonsense' }, 200],
    [{ 'if-none-match': etag, range: 'bytes=0-1' }, 304],
    [{ 'if-none-match': other, 'if-modified-since': later }, 200],
    [{ 'if-modified-since': date }, 304],
    [{ 'if-modified-since': later }, 304],
    [{ 'if-modified-since': earlier }, 200],
    [{ 'if-modified-since': 'nonsense' }, 200],
    [{ 'if-match': etag }, 200],
    [{ 'if-match': `${other}, ${etag}`, range: 'bytes=0-1' }, 206],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': `W/${etag}` }, 412],
    [{ 'if-match': other }, 412],
    [{ 'if-match': other, 'if-none-match': etag }, 412],
    [{ 'if-match': other, range: 'bytes=5000-' }, 412],
    [{ 'if-match': etag, 'if-unmodified-since': earlier }, 200],
    [{ 'if-unmodified-since': date }, 200],
    [{ 'if-unmodified-since': later }, 200],
    [{ 'if-unmodified-since': earlier }, 412],
    [{ 'if-unmodified-since': 'nonsense' }, 200],
    [{ range: 'bytes=0-1', 'if-range': etag }, 206],
    [{ range: 'bytes=0-1', 'if-range': `W/${etag}` }, 200],
    [{ range: 'bytes=0-1', 'if-range': other }, 200],
    [{ range: 'bytes=0-1', 'if-range': date }, 206],
    [{ range: 'bytes=0-1', 'if-range': later }, 200],
    [{ range: 'bytes=0-1', 'if-range': 'nonsense' }, 200],
    [{ range: 'bytes=5000-', 'if-range': other }, 200],
    [{ range: 'bytes=5000-', 'if-range': etag }, 416]
  ]
  for (const [headers, status] of cases) t.equal(ask(headers).status, status, JSON.stringify(headers))
})

t.test('a 304 carries the validators and nothing about a body', async t => {
  t.same(Object.keys(ask({ 'if-none-match': etag }).headers).sort(), ['cache-control', 'etag', 'last-modified'])
})
