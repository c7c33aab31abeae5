import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import type { Copy } from '../../src/media.js'
import { botId, get, listening, mediaFile, type PartsChange, pieces, readAnswer } from './fixtures/server.js'

const path = '/download/AgADfile'

/** A server that keeps account of the bots that are kept. */
async function counting (t: Parameters<typeof listening>[0], change: PartsChange = {}) {
  const kept = new Set<readonly Copy[]>()
  const keepBots = (copies: readonly Copy[]) => {
    kept.add(copies)
    return () => { kept.delete(copies) }
  }
  return { kept, ...await listening(t, { keepBots, ...change }) }
}

/** Resolves when nobody is kept any more. */
async function none (kept: ReadonlySet<unknown>): Promise<void> {
  while (kept.size > 0) await setImmediate()
}

t.test('the bots of a file are kept from before its first part to after its last, and no others', async t => {
  const seen: number[] = []
  const { kept, dial } = await counting(t, {
    openFile: async (_file, _copies, range) => {
      seen.push(kept.size)
      return (async function * () { yield * pieces(range); seen.push(kept.size) })()
    }
  })
  const socket = await dial()
  socket.write(get(path, 'Range: bytes=0-99,500-599\r\n'))
  await readAnswer(socket)
  t.same(seen, [1, 1, 1, 1])
  await none(kept)
  socket.write(get(path, '', 'HEAD'))
  await readAnswer(socket, false)
  t.same(seen, [1, 1, 1, 1])
})

t.test('whatever the answer comes to, they are free afterwards', async t => {
  const cases: Array<[string, RegExp, PartsChange?]> = [
    ['', /^HTTP\/1.1 200 /],
    ['Range: bytes=5000-\r\n', /^HTTP\/1.1 416 /],
    ['', /^HTTP\/1.1 500 /, { openFile: async () => { throw new Error('it fails') } }],
    ['', /^HTTP\/1.1 503 /, { openFile: async () => await new Promise(() => {}), firstByteMs: 5 }]
  ]
  for (const [headers, status, change] of cases) {
    const { kept, dial } = await counting(t, change)
    const socket = await dial()
    socket.write(get(path, headers))
    t.match((await readAnswer(socket)).head, status)
    await none(kept)
  }
})

t.test('they are free when the viewer leaves, also one whose answer waits in line', async t => {
  const { kept, dial } = await counting(t, { openFile: async (_file, _copies, range) => (async function * () { yield * pieces(range); await new Promise(() => {}) })() })
  const socket = await dial()
  socket.write(get(path) + get(path))
  await once(socket, 'data')
  while (kept.size < 2) await setImmediate()
  socket.destroy()
  await none(kept)
})

t.test('a file that is found when its answer is over keeps nobody', async t => {
  let find = () => {}
  const found = new Promise<void>(resolve => { find = resolve })
  const { kept, dial } = await counting(t, { firstByteMs: 5, findMedia: async () => { await found; return { file: mediaFile(), copies: [{ botId, fileId: 'x' }] } } })
  const socket = await dial()
  socket.write(get(path))
  t.match((await readAnswer(socket)).head, /^HTTP\/1.1 503 /)
  find()
  await setImmediate()
  t.equal(kept.size, 0)
})
