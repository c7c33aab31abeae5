import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { syntheticContent } from '../../../src/sandbox/world/content.js'
import { type Posted, post, startStory, type Teardown } from '../fixtures/story.js'
import { until } from '../fixtures/until.js'
import { type Asked, inWords, noteRequests } from './fixtures/asked.js'
import { makeFolder, run, start, without } from './fixtures/program.js'

const content = syntheticContent('clients', 24_000_001)
const digest = createHash('sha256').update(content.read(0, content.size)).digest('hex')

interface Offer extends Posted {
  /** Its address with a name, which is what a bot gives out. */
  readonly named: string
  readonly folder: string
  readonly asked: readonly Asked[]
}

/** A large file behind the running service. */
async function offer (t: Teardown): Promise<Offer> {
  const story = await startStory(t, { bots: 2 })
  const posted = await post(story, story.app, { kind: 'document', name: 'charts.bin', content, dcId: 4 })
  return { ...posted, named: `${posted.url}/charts.bin`, folder: await makeFolder(t), asked: noteRequests(t) }
}

const digestOf = async (path: string) => createHash('sha256').update(await readFile(path)).digest('hex')

/** Lets a download run until some of it is on the disk, and kills it. Resolves with how much there was. */
async function interrupt (t: Teardown, { folder }: Offer, name: string, program: string, ...parameters: readonly string[]): Promise<number> {
  const download = start(t, folder, program, ...parameters)
  const sizeOf = async () => await stat(join(folder, name)).then(({ size }) => size, () => 0)
  await until('some of the file is on the disk', async () => await sizeOf() > 1_000_000)
  download.kill()
  await download.ended
  return await sizeOf()
}

t.test('curl resumes a download that was cut, and has the file', { skip: without('curl') }, async t => {
  const offered = await offer(t)
  const there = await interrupt(t, offered, 'file', 'curl', '--silent', '--limit-rate', '4M', '--output', 'file', offered.named)
  t.ok(there < content.size)
  await run(t, offered.folder, 'curl', '--silent', '--show-error', '--fail', '--continue-at', '-', '--output', 'file', offered.named)
  t.equal(await digestOf(join(offered.folder, 'file')), digest)
  await until('both are over', () => offered.asked.length === 2)
  t.match(offered.asked[1], { range: `bytes=${there}-`, status: 206, start: there })
  t.comment(`curl was cut after ${there} bytes and went on there: ${inWords(offered.asked)}`)
})

t.test('wget -c goes on where it was cut, and keeps the name', { skip: without('wget') }, async t => {
  const offered = await offer(t)
  const there = await interrupt(t, offered, 'charts.bin', 'wget', '--quiet', '--limit-rate=4m', offered.named)
  await run(t, offered.folder, 'wget', '--no-verbose', '--continue', offered.named)
  t.equal(await digestOf(join(offered.folder, 'charts.bin')), digest)
  await until('both are over', () => offered.asked.length === 2)
  t.match(offered.asked[1], { range: `bytes=${there}-`, status: 206 })
  t.comment(`wget was cut after ${there} bytes and went on there: ${inWords(offered.asked)}`)
})

t.test('aria2 fetches with eight connections, and the checksum is right', { skip: without('aria2c') }, async t => {
  const offered = await offer(t)
  await run(t, offered.folder, 'aria2c', '--quiet', '--max-connection-per-server=8', '--split=8', '--min-split-size=1M', '--file-allocation=none', `--checksum=sha-256=${digest}`, '--out=file', offered.named)
  t.equal(await digestOf(join(offered.folder, 'file')), digest)
  const starts = new Set(offered.asked.map(({ start }) => start))
  t.ok(starts.size >= 8, inWords(offered.asked))
  t.comment(`aria2 fetched from ${starts.size} places at once and found the checksum right`)
})

t.test('rclone copies over its http remote with several streams', { skip: without('rclone') }, async t => {
  const offered = await offer(t)
  const remote = `:http,url='${offered.url}/':charts.bin`
  await run(t, offered.folder, 'rclone', 'copyto', '--multi-thread-streams', '4', '--multi-thread-cutoff', '1M', remote, join(offered.folder, 'file'))
  t.equal(await digestOf(join(offered.folder, 'file')), digest)
  t.ok(offered.asked.some(({ method, status }) => method === 'HEAD' && status === 200))
  const parts = offered.asked.filter(({ status }) => status === 206)
  t.ok(parts.length >= 4, inWords(offered.asked))
  t.comment(`rclone asked for size and time by HEAD, and copied in ${parts.length} streams: ${inWords(offered.asked)}`)
})
