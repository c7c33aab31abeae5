import t from 'tap'
import { answerFor, answerUnsized } from '../../src/http/answer.js'
import { entityTag } from '../../src/http/file-headers.js'
import { lengthOf } from '../../src/http/multipart.js'
import { mediaFile } from './fixtures/server.js'

const file = mediaFile()
const etag = entityTag(file)
const date = 'Tue, 03 Feb 2026 04:05:06 GMT'
const ask = (headers: Record<string, string>, method = 'GET', size = 1000) => answerFor(mediaFile({ size }), { method, headers, attachment: false, cacheControl: 'public, no-cache, no-transform' })

t.test('a whole file is 200 with all that players look for', async t => {
  t.same(ask({}), {
    status: 200,
    pieces: [{ start: 0, end: 1000 }],
    headers: {
      etag,
      'last-modified': date,
      'cache-control': 'public, no-cache, no-transform',
      'content-type': 'video/mp4',
      'content-disposition': 'inline; filename="film.mp4"',
      'accept-ranges': 'bytes',
      'content-length': '1000'
    }
  })
  t.match(etag, /^"AgADfile-[a-z0-9]+"$/, 'the tag is strong')
})

t.test('a part is 206 with its place, also when the part is all of it', async t => {
  t.match(ask({ range: 'bytes=-100' }), { status: 206, pieces: [{ start: 900, end: 1000 }], headers: { 'content-range': 'bytes 900-999/1000', 'content-length': '100', etag } })
  t.match(ask({ range: 'bytes=0-' }), { status: 206, pieces: [{ start: 0, end: 1000 }], headers: { 'content-range': 'bytes 0-999/1000', 'content-length': '1000' } })
})

t.test('a range that does not exist is 416 and tells the size', async t => {
  t.match(ask({ range: 'bytes=1000-' }), { status: 416, pieces: [], headers: { 'content-range': 'bytes */1000' } })
})

t.test('HEAD ignores Range and has no body', async t => {
  const answer = ask({ range: 'bytes=5-6' }, 'HEAD')
  t.match(answer, { status: 200, pieces: [], headers: { 'content-length': '1000' } })
  t.notOk('content-range' in answer.headers)
  t.equal(ask({ range: 'bytes=5000-' }, 'HEAD').status, 200)
})

t.test('an empty file is answered without asking anybody for bytes', async t => {
  t.match(ask({}, 'GET', 0), { status: 200, pieces: [], headers: { 'content-length': '0' } })
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
    [{ 'if-modified-since': '2099-01-01' }, 200],
    [{ 'if-modified-since': 'Tuesday, 03-Feb-26 04:05:06 GMT' }, 304],
    [{ 'if-modified-since': 'Tue Feb  3 04:05:06 2026' }, 304],
    [{ 'if-modified-since': later, range: 'bytes=0-1' }, 304],
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
    [{ 'if-unmodified-since': '1999' }, 200],
    [{ 'if-unmodified-since': earlier, 'if-none-match': etag }, 412],
    [{ 'if-match': etag, 'if-none-match': etag }, 304],
    [{ 'if-match': '"a,b", W/"c", ' + etag }, 200],
    [{ 'if-match': 'nonsense' }, 412],
    [{ range: 'bytes=0-1', 'if-range': etag }, 206],
    [{ range: 'bytes=0-1', 'if-range': `W/${etag}` }, 200],
    [{ range: 'bytes=0-1', 'if-range': other }, 200],
    [{ range: 'bytes=0-1', 'if-range': date }, 206],
    [{ range: 'bytes=0-1', 'if-range': later }, 200],
    [{ range: 'bytes=0-1', 'if-range': 'nonsense' }, 200],
    [{ range: 'bytes=0-1', 'if-range': earlier }, 200],
    [{ range: 'bytes=0-1', 'if-range': `${etag}, ${etag}` }, 200],
    [{ range: 'bytes=0-1,5-6', 'if-range': etag }, 206],
    [{ 'if-range': other }, 200],
    [{ range: 'bytes=5000-', 'if-range': other }, 200],
    [{ range: 'bytes=5000-', 'if-range': etag }, 416]
  ]
  for (const [headers, status] of cases) t.equal(ask(headers).status, status, JSON.stringify(headers))
})

t.test('a 304 carries the validators and nothing about a body', async t => {
  t.same(Object.keys(ask({ 'if-none-match': etag }).headers).sort(), ['cache-control', 'etag', 'last-modified'])
})

t.test('several ranges are one body whose length is told exactly, and nothing outside its parts says where they belong', async t => {
  const answer = ask({ range: 'bytes=0-0,500-599' })
  t.match(answer, { status: 206, headers: { 'content-type': /^multipart\/byteranges; boundary=[\w-]{36}$/, etag, 'accept-ranges': 'bytes' } })
  t.notOk('content-range' in answer.headers)
  t.equal(answer.headers['content-length'], String(lengthOf(answer.pieces)))
  t.same(answer.pieces.filter(piece => 'start' in piece), [{ start: 0, end: 1 }, { start: 500, end: 600 }])
  t.not(answer.headers['content-type'], ask({ range: 'bytes=0-0,500-599' }).headers['content-type'], 'nobody can foretell the boundary')
})

t.test('of several ranges one that is left is sent as one', async t => {
  t.match(ask({ range: 'bytes=5-6,1000-' }), { status: 206, pieces: [{ start: 5, end: 7 }], headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 5-6/1000' } })
})

t.test('a HEAD for a file of unknown size tells what is known without asking for it', async t => {
  const unsized = (headers: Record<string, string>) => answerUnsized({ ...file, size: null }, { method: 'HEAD', headers, attachment: false, cacheControl: 'private' })
  t.same(unsized({ range: 'bytes=0-1' }), {
    status: 200,
    pieces: [],
    headers: { 'last-modified': date, 'cache-control': 'private', 'content-type': 'video/mp4', 'content-disposition': 'inline; filename="film.mp4"', 'accept-ranges': 'bytes' }
  })
  t.same(unsized({ 'if-modified-since': date }), { status: 304, pieces: [], headers: { 'last-modified': date, 'cache-control': 'private' } })
  t.equal(unsized({ 'if-none-match': etag }).status, 200)
})
