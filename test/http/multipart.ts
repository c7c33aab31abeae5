import t from 'tap'
import { openBody } from '../../src/http/body.js'
import { lengthOf, multipart } from '../../src/http/multipart.js'
import { readMultipart } from './fixtures/multipart.js'
import { bytes, get, listening, pieces, readAnswer } from './fixtures/server.js'

const path = '/download/AgADfile'

t.test('the framing is what RFC 2046 and RFC 9110 say, to the byte', async t => {
  const { contentType, length, pieces } = multipart([{ start: 0, end: 2 }, { start: 5, end: 6 }], 'video/mp4', 1000)
  const boundary = contentType.replace('multipart/byteranges; boundary=', '')
  const text = pieces.map(piece => piece instanceof Uint8Array ? Buffer.from(piece).toString() : '#'.repeat(piece.end - piece.start)).join('')
  t.equal(text, `--${boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-1/1000\r\n\r\n##\r\n--${boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes 5-5/1000\r\n\r\n#\r\n--${boundary}--\r\n`)
  t.equal(length, text.length)
  t.equal(lengthOf(pieces), length)
})

t.test('several ranges arrive with the right bytes each, and the connection goes on', async t => {
  const { dial } = await listening(t)
  const socket = await dial()
  for (let round = 0; round < 2; round++) {
    socket.write(get(path, 'Range: bytes=900-, 0-0, 250-649\r\n'))
    const { head, body } = await readAnswer(socket)
    t.match(head, /^HTTP\/1.1 206 [^]*content-type: multipart\/byteranges; boundary=/)
    t.notMatch(head, /content-range:/)
    const parts = readMultipart(/boundary=(\S+)/.exec(head)?.[1] ?? '', body)
    t.same(parts.map(({ start, end, size, type }) => [start, end, size, type]), [[900, 1000, 1000, 'video/mp4'], [0, 1, 1000, 'video/mp4'], [250, 650, 1000, 'video/mp4']])
    for (const { start, end, content } of parts) t.ok(content.equals(bytes.subarray(start, end)))
  }
})

t.test('the parts are opened one after the other, the first one before the status is sent', async t => {
  const steps: string[] = []
  const { dial } = await listening(t, {
    openFile: async (_file, _copies, range) => {
      steps.push(`open ${range.start}`)
      return (async function * () { yield * pieces(range); steps.push(`end ${range.start}`) })()
    }
  })
  const socket = await dial()
  socket.write(get(path, 'Range: bytes=500-799,0-99,999-\r\n'))
  await readAnswer(socket)
  t.same(steps, ['open 500', 'end 500', 'open 0', 'end 0', 'open 999', 'end 999'])
})

t.test('a failure before the first part is still an answer, one at a later part cuts the connection', async t => {
  const failing = async (from: number) => {
    const { dial } = await listening(t, { openFile: async (_file, _copies, range) => { if (range.start >= from) throw new Error('it fails'); return pieces(range) } })
    const socket = await dial()
    socket.write(get(path, 'Range: bytes=0-99,500-599\r\n'))
    const chunks: Buffer[] = []
    for await (const chunk of socket) {
      chunks.push(chunk)
      if (/^HTTP\/1.1 500 /.test(String(chunk))) break
    }
    return Buffer.concat(chunks).toString('latin1')
  }
  t.match(await failing(0), /^HTTP\/1.1 500 /)
  const cut = await failing(500)
  t.match(cut, /^HTTP\/1.1 206 /)
  const length = Number(/content-length: (\d+)/.exec(cut)?.[1])
  t.ok(cut.length - cut.indexOf('\r\n\r\n') - 4 < length)
})

t.test('a body that is left early ends the part that is open', async t => {
  let ended = 0
  const body = await openBody(multipart([{ start: 0, end: 600 }, { start: 700, end: 800 }], 'a/b', 1000).pieces, async range => (async function * () {
    try { yield * pieces(range) } finally { ended++ }
  })())
  for await (const chunk of body) if (chunk.length === 300) break
  t.equal(ended, 1)
})
