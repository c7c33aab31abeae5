import t from 'tap'
import { SourceFailed, SourceGone, SourceResting } from '../../src/errors.js'
import { findSize } from '../../src/streaming/size.js'
import type { Source } from '../../src/streaming/source.js'
import { createRandom, runSeed } from './fixtures/random.js'
import { fileId } from './fixtures/scripted.js'

const file = { id: fileId }
const never = () => new AbortController().signal
const block = new Uint8Array(4096)

type PastEnd = 'empty' | 'failed'

/** A source of a file of so many bytes, all zero. `disturb` may answer in its place. */
function sourceOf (size: number, pastEnd: PastEnd, disturb: (request: { offset: number, number: number }) => Uint8Array | null = () => null) {
  let requests = 0
  const source: Source = {
    name: 'scripted',
    lane: 'scripted',
    fetch: async (offset, limit) => {
      requests++
      if (limit !== 4096 || offset % limit !== 0) throw new Error('LIMIT_INVALID')
      const other = disturb({ offset, number: requests })
      if (other !== null) return other
      if (offset >= size && pastEnd === 'failed') throw new SourceFailed('OFFSET_INVALID')
      return block.subarray(0, Math.max(0, Math.min(size - offset, limit)))
    }
  }
  return { source, requests: () => requests }
}

const telling = [0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 12_288, 1_048_575, 1_048_576, 1_048_577, 100_000_000, 2_147_483_648, 4_194_303_999, 4_194_304_000]

for (const pastEnd of ['empty', 'failed'] as const) {
  t.test(`the size is exact where past the end the answer is ${pastEnd}`, async t => {
    const seed = runSeed()
    t.comment(`TEST_SEED=${seed}`)
    const random = createRandom(seed)
    const sizes = [...telling, ...Array.from({ length: 200 }, () => random.whole(1, 4_194_304_000))].filter(size => size > 0 || pastEnd === 'empty')
    for (const size of sizes) {
      const { source, requests } = sourceOf(size, pastEnd)
      const found = await findSize(file, [source], never())
      if (found !== size || requests() > 45) t.fail(`${size}: found ${found} with ${requests()} requests`)
    }
  })
}

t.test('one failure anywhere does not make the file shorter', async t => {
  for (const size of [4097, 5_000_000]) {
    for (let bad = 1; bad <= 45; bad++) {
      const { source } = sourceOf(size, 'failed', ({ number }) => { if (number === bad) throw new SourceFailed('for once'); return null })
      const found = await findSize(file, [source], never())
      if (found !== size) t.fail(`${size}: found ${found} after failure ${bad}`)
    }
  }
})

t.test('a source that gives half of what is asked is not believed', async t => {
  const { source } = sourceOf(5_000_000, 'empty', () => block.subarray(0, 2048))
  await t.rejects(findSize(file, [source], never()), { code: 'FILE_UNAVAILABLE' })
  t.equal(await findSize(file, [source, sourceOf(5_000_000, 'empty').source], never()), 5_000_000, 'the next one is')
})

t.test('the file is gone, or unavailable for the shortest rest', async t => {
  const failing = (error: Error): Source => ({ name: 'scripted', lane: 'scripted', fetch: async () => { throw error } })
  await t.rejects(findSize(file, [failing(new SourceGone('x')), failing(new SourceGone('x'))], never()), { code: 'FILE_GONE' })
  await t.rejects(findSize(file, [failing(new SourceGone('x')), failing(new SourceResting(50)), failing(new SourceResting(30))], never()), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 30 })
  await t.rejects(findSize(file, [failing(new SourceFailed('x'))], never()), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 10 })
  await t.rejects(findSize(file, [], never()), { code: 'FILE_UNAVAILABLE', retryAfterSeconds: 10 })
})

t.test('an abort ends the search', async t => {
  const left = new AbortController()
  const { source } = sourceOf(5_000_000, 'empty', ({ number }) => {
    if (number > 7) t.fail('it goes on')
    if (number < 7) return null
    left.abort(new Error('the viewer left'))
    throw left.signal.reason
  })
  await t.rejects(findSize(file, [source], left.signal), { message: 'the viewer left' })
})
