import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { SourceFailed, SourceGone } from '../../src/errors.js'
import { createEngine } from '../../src/streaming/engine.js'
import type { Source } from '../../src/streaming/source.js'
import { knownBytes, scriptedSource, silence } from '../streaming/fixtures/scripted.js'
import { createRandom, runSeed } from '../streaming/fixtures/random.js'
import { botId, get, listening, mediaFile, readAll, readAnswer, type PartsChange } from './fixtures/server.js'

const path = '/download/AgADfile'
const engine = createEngine({ memoryBytes: 96 * 2 ** 20, laneCeilingBytes: 4 * 2 ** 20 })
const content = knownBytes(5 * 1024 * 1024 + 77)

/** The parts that stream `content` from these sources. */
function streamed (sources: readonly Source[]): PartsChange {
  return {
    findMedia: async () => ({ file: mediaFile({ size: content.length }), copies: [{ botId, fileId: 'x' }] }),
    openFile: (file, _copies, range, signal) => engine.openStream(file, range, sources, signal)
  }
}

t.test('bots that fail now and then do not change a byte of what viewers get', async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  const random = createRandom(seed)
  const flaky = scriptedSource('A', content, ({ bytes }) => { if (random.fraction() < 0.3) throw new SourceFailed('scripted'); return bytes })
  const short = scriptedSource('B', content, ({ bytes }) => random.fraction() < 0.3 ? bytes.subarray(1) : bytes)
  const { dial } = await listening(t, streamed([flaky, short, scriptedSource('C', content)]))
  const socket = await dial()
  for (let round = 0; round < 30; round++) {
    const start = random.whole(0, content.length - 1)
    const end = random.whole(start + 1, Math.min(content.length, start + random.pick([2, 5000, 3_000_000])))
    socket.write(get(path, `Range: bytes=${start}-${end - 1}\r\n`))
    const { head, body } = await readAnswer(socket)
    t.match(head, `content-range: bytes ${start}-${end - 1}/${content.length}`)
    t.ok(body.equals(content.subarray(start, end)))
  }
})

t.test('when the last bot goes, the viewer has a right beginning and a cut connection', async t => {
  const leaving = scriptedSource('A', content, ({ offset, bytes }) => { if (offset >= 1024 * 1024) throw new SourceGone('scripted'); return bytes })
  const { dial } = await listening(t, streamed([leaving]))
  const socket = await dial()
  socket.write(get(path))
  const all = await readAll(socket)
  const body = all.subarray(all.indexOf('\r\n\r\n') + 4)
  t.equal(body.length, 1024 * 1024)
  t.ok(body.equals(content.subarray(0, body.length)))
})

t.test('a viewer who leaves frees every request to the bots', async t => {
  const waiting = new Set<number>()
  const slow = scriptedSource('A', content, async ({ offset, bytes, signal }) => {
    if (offset === 0) return bytes
    waiting.add(offset)
    return await silence(signal).finally(() => waiting.delete(offset))
  })
  const { dial } = await listening(t, streamed([slow]))
  const socket = await dial()
  socket.resume()
  socket.write(get(path))
  while (waiting.size === 0) await setImmediate()
  socket.destroy()
  while (waiting.size > 0) await setImmediate()
})
