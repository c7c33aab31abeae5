import t, { type Test } from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { createRandom, runSeed } from '../streaming/fixtures/random.js'
import { difference, get, getRange, getStart } from './fixtures/http.js'
import { callsOf, post, type Posted, startStory } from './fixtures/story.js'

const seed = runSeed()
const mebibyte = 1024 * 1024

/** A Range header, and the bytes `[start, end)` that it means. */
type Case = readonly [header: string, start: number, end: number]

/** The ends of the file, and places where parts, mebibytes and 32-bit numbers begin. Only short ranges of large files. */
function cases (size: number): Case[] {
  const length = Math.min(size, 70_000)
  const edges = [4096, 128 * 1024, mebibyte, 100 * mebibyte, 2 ** 31, 2 ** 32 - 2 ** 27].filter(edge => edge + 2 < size)
  return [
    ['bytes=0-0', 0, 1],
    ['bytes=0-1', 0, Math.min(2, size)],
    [`bytes=0-${length - 1}`, 0, length],
    ['bytes=-1', size - 1, size],
    [`bytes=-${length}`, size - length, size],
    [`bytes=${size - 1}-`, size - 1, size],
    [`bytes=${size - length}-${size + 5_000_000_000}`, size - length, size],
    ...edges.flatMap<Case>(edge => [[`bytes=${edge - 1}-${edge + 1}`, edge - 1, edge + 2], [`bytes=${edge}-${edge}`, edge, edge + 1]])
  ]
}

function randomCases (size: number, count: number): Case[] {
  const random = createRandom(seed + size)
  return Array.from({ length: count }, () => {
    const start = random.whole(0, size - 1)
    const end = Math.min(size, start + random.whole(1, random.pick([5000, 300_000, 3 * mebibyte])))
    return [`bytes=${start}-${end - 1}`, start, end]
  })
}

async function checkRange (t: Test, { url, file: { content } }: Posted, [header, start, end]: Case): Promise<void> {
  const { status, headers, body, complete } = await get(url, { headers: { range: header } })
  const { 'content-range': range, 'content-length': length } = headers
  t.same({ status, range, length, complete }, { status: 206, range: `bytes ${start}-${end - 1}/${content.size}`, length: String(end - start), complete: true }, header)
  t.equal(difference(body, content.read(start, end - start)), null, `${header} has the right bytes`)
}

t.test('every range of files from nothing to 4 194 304 000 bytes has the right bytes', async t => {
  t.comment(`TEST_SEED=${seed} repeats these ranges`)
  const story = await startStory(t, { bots: 2 })
  const make = async (size: number, dcId: number) => await post(story, story.app, { kind: 'document', name: `${size}.bin`, content: syntheticContent(`ranges ${size}`, size), dcId })

  await t.test('an empty file', async t => {
    const { url } = await make(0, 2)
    const whole = await get(url)
    t.match(whole, { status: 200, headers: { 'content-length': '0', 'accept-ranges': 'bytes' } })
    t.equal(whole.body.length, 0)
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=5-9']) t.match(await get(url, { headers: { range } }), { status: 416, headers: { 'content-range': 'bytes */0' } }, range)
  })

  for (const [index, size] of [1, 4095, mebibyte, mebibyte + 1, 100_000_000, 2_000_000_000, 4_194_304_000].entries()) {
    await t.test(`${size} bytes`, async t => {
      const posted = await make(size, [2, 4, 1][index % 3] ?? 2)
      for (const one of [...cases(size), ...randomCases(size, 5)]) await checkRange(t, posted, one)
      t.match(await get(posted.url, { headers: { range: `bytes=${size}-` } }), { status: 416, headers: { 'content-range': `bytes */${size}` } })
      const open = await getStart(posted.url, Math.min(size, 2 * mebibyte), { range: 'bytes=0-' })
      t.match(open, { status: 206, headers: { 'content-range': `bytes 0-${size - 1}/${size}`, 'content-length': String(size) } })
      t.equal(difference(open.body, posted.file.content.read(0, open.body.length)), null, 'an open end, of which the viewer reads what he likes')
    })
  }

  await t.test('the whole of 20 MB, without a Range', async t => {
    const { url, file } = await make(20_000_001, 4)
    const whole = await get(url)
    t.match(whole, { status: 200, complete: true, headers: { 'content-length': '20000001', 'accept-ranges': 'bytes' } })
    t.equal(difference(whole.body, file.content.read(0, 20_000_001)), null)
  })
})

t.test('HEAD tells what GET would and asks Telegram nothing', async t => {
  const story = await startStory(t)
  const { url } = await post(story, story.app, { kind: 'video', name: 'film.mp4', content: syntheticContent('head', 2_000_000_000) })
  const before = story.sandbox.stats().calls
  const head = await get(url, { method: 'HEAD' })
  t.match(head, { status: 200, headers: { 'content-length': '2000000000', 'content-type': 'video/mp4', 'accept-ranges': 'bytes' } })
  t.equal(head.body.length, 0)
  t.equal((await get(url, { method: 'HEAD', headers: { range: 'bytes=0-1' } })).status, 200, 'Range counts for GET only')
  t.equal(story.sandbox.stats().calls, before)
  t.equal((await getRange(url, 0, 2)).headers.etag, head.headers.etag)
})

t.test('two bytes cost Telegram 4 KiB at most', async t => {
  const story = await startStory(t)
  const { url, file } = await post(story, story.app, { kind: 'video', content: syntheticContent('two', 2_000_000_000) })
  for (const start of [0, 1_234_567_890]) {
    const before = story.sandbox.stats().fileBytes
    t.equal(difference((await getRange(url, start, start + 2)).body, file.content.read(start, 2)), null)
    t.ok(story.sandbox.stats().fileBytes - before <= 4096)
  }
})

t.test('a viewer who leaves stops the fetching', async t => {
  const story = await startStory(t)
  const { url } = await post(story, story.app, { kind: 'video', content: syntheticContent('left', 2_000_000_000) })
  await getStart(url, mebibyte, {})
  // A later call of another viewer is answered after all those of the one who left.
  await getRange(url, 1_999_999_999, 2_000_000_000)
  t.ok(story.sandbox.stats().fileBytes < 20 * mebibyte, `${story.sandbox.stats().fileBytes} bytes were read`)
})

t.test('a file is followed to another data centre, also while it is streamed', async t => {
  const story = await startStory(t, { bots: 2 })
  const { url, file } = await post(story, story.app, { kind: 'video', content: syntheticContent('moved', 9_000_000), dcId: 4 })
  t.equal(difference((await getRange(url, 0, 5000)).body, file.content.read(0, 5000)), null)
  const move = (facts: { event: string, method?: string }) => {
    if (facts.event === 'call' && facts.method === 'upload.GetFile' && callsOf(story, 'upload.GetFile') === 5) file.moveTo(1)
    return false
  }
  story.sandbox.faults.add({ match: move, action: { kind: 'drop' } })
  t.equal(difference((await get(url)).body, file.content.read(0, 9_000_000)), null)
  t.equal(file.dcId, 1)
  file.moveTo(2)
  t.equal(difference((await get(url)).body, file.content.read(0, 9_000_000)), null)
})

t.test('a photo has ranges too', async t => {
  const story = await startStory(t)
  const posted = await post(story, story.app, { kind: 'photo', progressive: true, content: syntheticContent('photo', 300_001), dcId: 1 })
  for (const one of [...cases(300_001), ...randomCases(300_001, 3)]) await checkRange(t, posted, one)
})
