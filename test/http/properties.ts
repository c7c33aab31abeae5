import { validateHeaderValue } from 'node:http'
import fc from 'fast-check'
import t from 'tap'
import { contentHeaders, entityTag } from '../../src/http/file-headers.js'
import { runSeed } from '../streaming/fixtures/random.js'
import { readMultipart } from './fixtures/multipart.js'
import { text, wanted } from './fixtures/rfc9110.js'
import type { Request, Spec, Tag, When } from './fixtures/rfc9110.js'
import { botId, bytes, mediaFile, serverWith } from './fixtures/server.js'

const seed = runSeed()
const lastModified = Math.floor(mediaFile().createdAt.getTime() / 1000) * 1000

const place = fc.oneof({ weight: 4, arbitrary: fc.nat(60) }, fc.constantFrom(2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER))
const spec: fc.Arbitrary<Spec> = fc.oneof(
  fc.record({ kind: fc.constant('closed' as const), first: place, last: place }),
  fc.tuple(fc.nat(60), fc.nat(5)).map(([first, more]) => ({ kind: 'closed' as const, first, last: first + more })),
  fc.record({ kind: fc.constant('open' as const), first: place }),
  fc.record({ kind: fc.constant('suffix' as const), length: place })
)
/** Sixteen and more without overlaps, which chance alone would hardly find. */
const many: fc.Arbitrary<Spec[]> = fc.shuffledSubarray(Array.from({ length: 20 }, (_, index): Spec => ({ kind: 'closed', first: index * 3, last: index * 3 + 1 })), { minLength: 10 })
const ignored = fc.constantFrom('bytes', 'bytes=', 'bytes=,', 'bytes=-', 'bytes=a-b', 'bytes=1-2-3', 'bytes=0-1,x', 'bytes=1 - 2', 'bytes=0x0-1', 'bytes:0-1', 'octets=0-1', 'none', '0-1', 'bytes=0-1;2-3')
const tag: fc.Arbitrary<Tag> = fc.constantFrom('current', 'weak current', 'other', 'weak other')
const tags = fc.oneof(fc.constant('*' as const), fc.array(tag, { minLength: 1, maxLength: 4 }))
const when: fc.Arbitrary<When> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ after: fc.constantFrom(0, 0, 1, -1, 86_400, -86_400), form: fc.constantFrom('fix' as const, 'rfc850' as const, 'asctime' as const) }) },
  fc.constantFrom('nonsense', '0', '2099', '1999-01-01', '2099-01-01T00:00:00Z', 'Tue, 03 Feb 2099 04:05:06 +0000').map(nonsense => ({ nonsense }))
)
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 2 })

const request: fc.Arbitrary<Request> = fc.record({
  method: fc.oneof({ weight: 5, arbitrary: fc.constant('GET' as const) }, fc.constant('HEAD' as const)),
  range: fc.oneof({ weight: 6, arbitrary: fc.array(spec, { minLength: 1, maxLength: 4 }) }, { weight: 2, arbitrary: many }, ignored.map(ignored => ({ ignored })), fc.constant(null)),
  ifMatch: sometimes(tags),
  ifUnmodifiedSince: sometimes(when),
  ifNoneMatch: sometimes(tags),
  ifModifiedSince: sometimes(when),
  ifRange: sometimes(fc.oneof(tag, when))
})
/** Without conditions most requests get as far as the ranges. */
const unconditional: fc.Arbitrary<Request> = request.map(({ method, range }) => ({ method, range, ifMatch: null, ifUnmodifiedSince: null, ifNoneMatch: null, ifModifiedSince: null, ifRange: null }))
const size = fc.oneof(fc.nat(60), fc.constantFrom(0, 1))

/** The parts of a 206: what each says to be, and its bytes. */
function partsOf (headers: Record<string, unknown>, body: Buffer) {
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(String(headers['content-type']))?.[1]
  if (boundary !== undefined) return readMultipart(boundary, body)
  const [start = NaN, last = NaN, size = NaN] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(headers['content-range']))?.slice(1).map(Number) ?? []
  return [{ start, end: last + 1, size, content: body }]
}

t.test('every mix of Range, conditions, method and size is answered as RFC 9110 wants it, to the byte', async t => {
  t.comment(`TEST_SEED=${seed} repeats these requests`)
  let length = 0
  const app = serverWith(t, {
    findMedia: async () => ({ file: mediaFile({ size: length }), copies: [{ botId, fileId: 'x' }] }),
    openFile: async (_file, _copies, { start, end }) => (async function * () { for (let at = start; at < end; at += 7) yield bytes.subarray(at, Math.min(at + 7, end)) })()
  })
  const met = new Map<string, number>()

  const holds = async (request: Request, size: number, blank: string) => {
    length = size
    const etag = entityTag(mediaFile({ size }))
    const { statusCode, headers, rawPayload } = await app.inject({ method: request.method, url: '/download/AgADfile', headers: text(request, etag, lastModified, blank) })
    const expected = wanted(request, size)
    const be = (isSo: boolean, what: string) => { if (!isSo) throw new Error(`${what}: ${statusCode} ${JSON.stringify(headers)}, wanted ${JSON.stringify(expected)}`) }
    be(statusCode === expected.status, 'the status')
    be(statusCode === 416 || headers.etag === etag || statusCode === 412, 'the tag')
    be(statusCode === 206 || statusCode === 304 || request.method === 'HEAD' || Number(headers['content-length']) === rawPayload.length, 'the length')
    if (statusCode === 416) be(headers['content-range'] === `bytes */${size}`, 'the size')
    if (statusCode === 200) be(headers['content-length'] === String(size) && headers['content-range'] === undefined && (request.method === 'HEAD' ? rawPayload.length === 0 : rawPayload.equals(bytes.subarray(0, size))), 'the whole')
    met.set(String(statusCode), (met.get(String(statusCode)) ?? 0) + 1)
    if (expected.status !== 206) return
    const parts = partsOf(headers, rawPayload)
    be(Number(headers['content-length']) === rawPayload.length, 'the length')
    be((headers['content-range'] === undefined) === (parts.length > 1), 'one Content-Range for one part, none for several')
    be(parts.every(({ start, end, size: told, content }) => told === size && start < end && content.equals(bytes.subarray(start, end))), 'the bytes')
    const positions = parts.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index))
    be(new Set(positions).size === positions.length, 'no byte twice')
    be(positions.toSorted((a, b) => a - b).join() === [...new Set(expected.parts.flat())].toSorted((a, b) => a - b).join(), 'all that was asked for, and nothing else')
    const order = expected.parts.map(part => parts.findIndex(({ start, end }) => (part[0] ?? NaN) >= start && (part[0] ?? NaN) < end))
    be([...new Set(order)].every((index, place) => index === place), 'in the order asked for')
    met.set(parts.length > 1 ? 'multipart' : 'single', (met.get(parts.length > 1 ? 'multipart' : 'single') ?? 0) + 1)
  }
  const blank = fc.constantFrom('', ' ', '\t', ' ,, ')
  await fc.assert(fc.asyncProperty(request, size, blank, holds), { seed, numRuns: 2000 })
  await fc.assert(fc.asyncProperty(unconditional, size, blank, holds), { seed, numRuns: 2000 })
  for (const kind of ['200', '206', '304', '412', '416', 'multipart', 'single']) t.ok((met.get(kind) ?? 0) > 50, `${kind} was met ${met.get(kind)} times`)
})

/** Text with everything that Unicode has, and halves of it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map(codes => String.fromCharCode(...codes)),
  fc.array(fc.constantFrom('"', '\\', '\r\n', '\n', '\0', '%41', '%', ';', '=', '/', '../', '\u202e', '\ud800', 'é', '电', '🎉', 'a', '.mp4', '\'', 'Set-Cookie: a=b'), { maxLength: 30 }).map(pieces => pieces.join(''))
)

/** RFC 6266 and 8187, as their grammars stand there. */
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"'
const extended = "UTF-8''(?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})*"
const dispositionGrammar = new RegExp(`^(?:inline|attachment)(?:; filename=(?<plain>${quoted}|${token}))?(?:; filename\\*=(?<full>${extended}))?$`)

t.test('whatever a file is called, the header is well-formed ASCII with a name for old clients, and adds no line', async t => {
  t.comment(`TEST_SEED=${seed} repeats these names`)
  fc.assert(fc.property(anyText, fc.boolean(), (name, attachment) => {
    const header = contentHeaders(mediaFile({ name }), { attachment, cacheControl: 'private' })['content-disposition'] ?? ''
    validateHeaderValue('content-disposition', header)
    const { plain, full } = dispositionGrammar.exec(header)?.groups ?? {}
    if (!dispositionGrammar.test(header)) throw new Error(`not well-formed: ${header}`)
    if (full !== undefined && plain === undefined) throw new Error(`no name for old clients: ${header}`)
    const saved = full === undefined ? plain?.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1') : decodeURIComponent(full.slice("UTF-8''".length))
    if (saved !== undefined && /[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(saved)) throw new Error(`a name that is not harmless: ${header}`)
    if (saved === undefined && /[\p{L}\p{N}]/u.test(name)) throw new Error(`the name is lost: ${header}`)
  }), { seed, numRuns: 5000 })
  t.pass()
})

t.test('whatever type a file claims, the header is one type, and what a browser could run is saved', async t => {
  t.comment(`TEST_SEED=${seed} repeats these types`)
  const word = fc.constantFrom('text', 'html', 'TEXT', 'HTML', 'image', 'svg', 'svg+xml', 'application', 'xhtml+xml', 'xml', 'pdf', 'javascript', 'video', 'mp4', '/', ';', ',', ' ', '\r\n', '\0', 'charset=utf-8', '"', '\u2028', 'plain')
  const type = fc.oneof(anyText, fc.array(word, { maxLength: 8 }).map(words => words.join('')))
  fc.assert(fc.property(type, mimeType => {
    const headers = contentHeaders(mediaFile({ mimeType }), { attachment: false, cacheControl: 'private' })
    const told = headers['content-type']
    validateHeaderValue('content-type', told)
    if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:;|$| )/.test(told) || told.includes(',')) throw new Error(`no type: ${told}`)
    const isShown = headers['content-disposition']?.startsWith('inline')
    if (isShown && (/html|xml|svg|pdf|script/i.test(told.split(';')[0] ?? '') || !/^(video|audio|image|text\/plain)/i.test(told))) throw new Error(`shown: ${told}`)
  }), { seed, numRuns: 5000 })
  t.pass()
})
