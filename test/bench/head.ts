import t from 'tap'
import { createHeadReader } from '../../bench/viewer/head.js'

const head = 'HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\ncontent-LENGTH: 5\r\n\r\n'

t.test('a head is read, and the body given back, wherever the bytes are split', async t => {
  const all = Buffer.from(`${head}\r\n\r\nab`, 'latin1')
  const wrong: number[] = []
  for (let at = 0; at <= all.length; at++) {
    const reader = createHeadReader()
    const body = Buffer.concat([reader.take(all.subarray(0, at)), reader.take(all.subarray(at))])
    const isRight = reader.head?.status === 206 && reader.head.contentLength === 5 && body.toString() === '\r\n\r\nab'
    if (!isRight) wrong.push(at)
  }
  t.same(wrong, [])
})

t.test('before its end a head is not known, and nothing belongs to the body', async t => {
  const reader = createHeadReader()
  t.equal(reader.take(Buffer.from('HTTP/1.1 200 OK\r\n')).length, 0)
  t.equal(reader.head, null)
})

t.test('a response without a length has none', async t => {
  const reader = createHeadReader()
  reader.take(Buffer.from('HTTP/1.1 200 OK\r\nx-content-length: 7\r\n\r\n'))
  t.same(reader.head, { status: 200, contentLength: null })
})

t.test('what is no HTTP, or never ends its head, is refused', async t => {
  t.throws(() => createHeadReader().take(Buffer.from('SSH-2.0-OpenSSH\r\n\r\n')), /no HTTP/)
  t.throws(() => createHeadReader().take(Buffer.alloc(20_000, 'a')), /no end/)
})
