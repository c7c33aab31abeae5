import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { get as request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { difference, get, getRange } from './fixtures/http.js'
import { startProgram } from './fixtures/process.js'
import type { Teardown } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const film = new URL('../../src/demo/ferry.mp4', import.meta.url)

/** An empty place for temporary files, which PostgreSQL's user may enter. */
async function makeTemporaryFolder (t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-demo-test-'))
  await chmod(folder, 0o755)
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  return folder
}

/** The command lines of all processes that have to do with `folder`. */
async function processesAbout (folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'])
  return stdout.split('\n').filter(line => line.includes(folder))
}

async function isTaken (url: string): Promise<boolean> {
  const { port, hostname } = new URL(url)
  return await new Promise(resolve => {
    const socket = connect(Number(port), hostname, () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
  })
}

/** Somebody who has opened a file and reads no further. */
async function pausedViewer (t: Teardown, url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const viewer = request(url, { agent: false }, response => { response.on('error', () => {}).pause(); resolve() }).on('error', reject)
    t.teardown(() => viewer.destroy())
  })
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`the demo's links work, and on ${signal} it ends and leaves nothing behind`, { skip: process.platform === 'win32' && 'Windows knows no signals' }, async t => {
    const folder = await makeTemporaryFolder(t)
    const demo = await startProgram(t, ['cli.js', 'demo'], { TMPDIR: folder })
    await demo.says(/Ctrl\+C ends the demo/)
    const [filmUrl = ''] = await demo.says(/http:\S+\/ferry\.mp4/)
    const [largeUrl = ''] = await demo.says(/http:\S+\/two-gigabytes\.bin/)

    const whole = await get(filmUrl)
    t.match(whole, { status: 200, headers: { 'content-type': 'video/mp4' } })
    t.equal(difference(whole.body, await readFile(film)), null)
    const end = await getRange(largeUrl, 1_999_999_000, 2_000_000_000)
    t.equal(end.headers['content-range'], 'bytes 1999999000-1999999999/2000000000')
    t.equal(difference(end.body, syntheticContent('demo', 2_000_000_000).read(1_999_999_000, 1000)), null)
    t.ok((await processesAbout(folder)).length > 0, 'PostgreSQL runs')

    const [, watchUrl = ''] = await demo.says(/^ +(http:\S+\/watch\/\S+)$/m)
    t.match(await get(watchUrl), { status: 200, headers: { 'content-type': /^text\/html/ } })
    t.ok(demo.output().includes(`curl -s -r 1999999000- ${largeUrl} | wc -c`))

    await pausedViewer(t, largeUrl)
    demo.kill(signal)
    t.same(await demo.ended, { code: 0, signal: null })
    t.match(demo.output(), /left nothing behind\.\n$/)
    t.same(await readdir(folder), [])
    t.notOk(await isTaken(filmUrl), 'the port is free')
    await until('the last process to be gone', async () => (await processesAbout(folder)).length === 0)
  })
}
