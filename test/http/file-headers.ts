import { validateHeaderValue } from 'node:http'
import contentDisposition from 'content-disposition'
import t from 'tap'
import { contentHeaders, entityTag } from '../../src/http/file-headers.js'
import { mediaFile } from './fixtures/server.js'

const headersOf = (change: Parameters<typeof mediaFile>[0], attachment = false) => contentHeaders(mediaFile(change), { attachment, cacheControl: 'no-cache' })
const dispositionOf = (name: string | null) => headersOf({ name })['content-disposition'] ?? ''

/** The name in the catalogue, and the name that a browser saves under. */
const names: Array<[name: string, saved: string]> = [
  ['film.mp4', 'film.mp4'],
  ['two words.mp4', 'two words.mp4'],
  ['quo"ted".mp4', 'quo"ted".mp4'],
  ['semi;colon=x.mp4', 'semi;colon=x.mp4'],
  ['100%41.mp4', '100%41.mp4'],
  ['new\nline.mp4', 'new_line.mp4'],
  ['evil\r\nSet-Cookie: a=b.mp4', 'evil_Set-Cookie: a=b.mp4'],
  ['nul\0.mp4', 'nul_.mp4'],
  ['tab\t.mp4', 'tab_.mp4'],
  ['line\u2028separator.mp4', 'line_separator.mp4'],
  ['c1\u0085.mp4', 'c1_.mp4'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['AC/DC.mp3', 'AC_DC.mp3'],
  ['C:\\windows.exe', 'C:_windows.exe'],
  ['naïve café.mp4', 'naïve café.mp4'],
  ['Фильм.mkv', 'Фильм.mkv'],
  ['电影.mp4', '电影.mp4'],
  ['פרק ראשון.mp4', 'פרק ראשון.mp4'],
  ['فيلم.mp4', 'فيلم.mp4'],
  ['party 🎉.mp4', 'party 🎉.mp4'],
  ['👨‍👩‍👧.jpg', '👨‍👩‍👧.jpg'],
  ['gpj.\u202eexe', 'gpj.exe'],
  ['lone\ud800.mp4', 'lone\ufffd.mp4'],
  ['\udc00', '\ufffd'],
  ['*\'()!.mp4', '*\'()!.mp4'],
  ['  spaces  ', 'spaces'],
  [`${'a'.repeat(300)}.mp4`, `${'a'.repeat(196)}.mp4`],
  [`${'🎉'.repeat(300)}.webm`, `${'🎉'.repeat(195)}.webm`],
  ['b'.repeat(300), 'b'.repeat(200)]
]

t.test('any name makes a header that is plain ASCII and is read back as the name', async t => {
  for (const [index, [name, saved]] of names.entries()) {
    const header = dispositionOf(name)
    validateHeaderValue('content-disposition', header)
    t.match(header, /^inline; [\x20-\x7e]+$/, `header of name ${index}`)
    t.equal(contentDisposition.parse(header).parameters['filename'], saved, `name ${index}`)
  }
})

t.test('clients that know no RFC 8187 get an ASCII name with the same ending', async t => {
  t.match(dispositionOf('Фильм №1.mkv'), 'filename="_ _1.mkv"')
  t.match(dispositionOf('café.mp4'), 'filename="caf_.mp4"; filename*=UTF-8\'\'caf%C3%A9.mp4')
})

t.test('without a name there is none', async t => {
  for (const name of [null, '', '   ', '\u202e']) t.equal(dispositionOf(name), 'inline')
})

t.test('a file is shown only if its type cannot script, and saved when the viewer wants that', async t => {
  const shown = ['video/mp4', 'video/x-matroska', 'audio/ogg', 'image/jpeg', 'IMAGE/PNG', 'text/plain', 'text/plain; charset=utf-8', 'video/mp4; codecs="avc1.42E01E"']
  const saved = ['text/html', 'TEXT/HTML', 'image/svg+xml', 'image/svg', 'Image/SVG+xml; charset=utf-8', 'application/xhtml+xml', 'text/xml', 'application/pdf', 'application/javascript', 'text/css', 'application/octet-stream', 'text/plainer', 'image/javascript', 'video/html', 'image/pdf', 'multipart/x-mixed-replace', 'unknown/unknown']
  for (const mimeType of shown) {
    t.match(headersOf({ mimeType }), { 'content-type': mimeType, 'content-disposition': /^inline/ }, mimeType)
    t.match(headersOf({ mimeType }, true), { 'content-disposition': /^attachment/ }, mimeType)
  }
  for (const mimeType of saved) t.match(headersOf({ mimeType }), { 'content-type': mimeType, 'content-disposition': /^attachment/ }, mimeType)
})

t.test('a type that is no type becomes application/octet-stream', async t => {
  for (const mimeType of [null, '', 'video', 'video/', '/mp4', 'video/mp4\r\nX-Evil: 1', 'video/mp4, text/html', 'видео/mp4', 'a/b; c', `video/${'x'.repeat(300)}`]) {
    t.match(headersOf({ mimeType }), { 'content-type': 'application/octet-stream', 'content-disposition': /^attachment/ }, String(mimeType).slice(0, 30))
  }
})

t.test('the tag names the bytes: it changes with id and size and with nothing else', async t => {
  const tag = entityTag(mediaFile())
  t.equal(entityTag(mediaFile({ name: 'other', mimeType: null, createdAt: new Date() })), tag)
  t.not(entityTag(mediaFile({ size: 1001 })), tag)
})
