import t from 'tap'
import { untilRead } from '../../src/streaming/until-read.js'

async function * parts (count: number, failure?: Error) {
  for (let i = 0; i < count; i++) yield Uint8Array.of(i)
  if (failure !== undefined) throw failure
}

function watched (bytes: AsyncGenerator<Uint8Array, void, undefined>, signal = new AbortController().signal) {
  const calls: number[] = []
  return { calls, bytes: untilRead(bytes, () => { calls.push(1) }, signal) }
}

async function read (bytes: AsyncIterable<Uint8Array>): Promise<number[]> {
  const got: number[] = []
  for await (const [byte] of bytes) got.push(byte ?? -1)
  return got
}

t.test('what is read to its end is passed on whole, and done once', async t => {
  const { bytes, calls } = watched(parts(3))
  t.same(await read(bytes), [0, 1, 2])
  t.equal(calls.length, 1)
})

t.test('a failure, a reader who leaves and one who never begins are ends, too', async t => {
  const failing = watched(parts(1, new Error('lost')))
  await t.rejects(read(failing.bytes), { message: 'lost' })
  t.equal(failing.calls.length, 1)

  const left = watched(parts(3))
  const reader = left.bytes[Symbol.asyncIterator]()
  await reader.next()
  await reader.return?.()
  t.equal(left.calls.length, 1)

  const leaving = new AbortController()
  const unread = watched(parts(3), leaving.signal)
  t.equal(unread.calls.length, 0)
  leaving.abort()
  t.equal(unread.calls.length, 1)
  t.equal(watched(parts(1), leaving.signal).calls.length, 1, 'left before it began')
})
