import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { chromium, type Page } from 'playwright-core'
import t from 'tap'
import { bytesContent } from '../../src/sandbox/world/content.js'
import { startStory, type Teardown } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const chromiumPath = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium'
const skip = existsSync(chromiumPath) ? false : `there is no Chromium at ${chromiumPath}: install it, or set CHROMIUM_PATH`

/** `SCREENSHOT=docs/demo.png npm test -- test/e2e/browser.ts` takes the picture of the README. */
const screenshot = process.env['SCREENSHOT']

/** The colour of the film's background goes once around the circle in its 48 s. */
const hueAt = (seconds: number) => seconds * 360 / 48

async function openBrowser (t: Teardown): Promise<Page> {
  const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required']
  const sandboxed = process.getuid?.() !== 0
  const browser = await chromium.launch({ executablePath: chromiumPath, chromiumSandbox: sandboxed, args })
  t.teardown(async () => { await browser.close() })
  return await browser.newPage({ viewport: { width: 1280, height: 800 } })
}

/** Runs JavaScript in the page, with `film` for the video there. The page itself may run none, so nothing in it can be waited for. */
async function inPage<T> (page: Page, script: string): Promise<T> {
  return await page.evaluate<T>(`(async () => { const film = document.querySelector('video'); ${script} })()`)
}

/** The hue of the film's background as it is shown now, in degrees. */
async function shownHue (page: Page): Promise<number> {
  const [red, green, blue] = await inPage<[number, number, number]>(page, `
    const canvas = Object.assign(document.createElement('canvas'), { width: film.videoWidth, height: film.videoHeight })
    const context = canvas.getContext('2d')
    context.drawImage(film, 0, 0)
    return [...context.getImageData(80, 80, 1, 1).data].slice(0, 3)`)
  return hueOf(red / 255, green / 255, blue / 255)
}

function hueOf (red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue)
  const span = most - Math.min(red, green, blue)
  if (most === red) return ((green - blue) / span * 60 + 360) % 360
  return most === green ? (blue - red) / span * 60 + 120 : (red - green) / span * 60 + 240
}

/** Where a `206 bytes a-b/size` begins; nowhere for other answers. */
const startOf = (answer: string) => Number(/^206 bytes (\d+)-/.exec(answer)?.[1] ?? NaN)

/** How far two hues are apart, in degrees. */
const apart = (one: number, other: number) => Math.abs((one - other + 540) % 360 - 180)

t.test('the link that a bot sent plays in a browser, and a seek to 80 % shows the right frame', { skip }, async t => {
  const { sandbox, user, bots: [bot] } = await startStory(t)
  if (bot === undefined) return t.fail('a bot')
  const content = bytesContent(await readFile(new URL('../../src/demo/ferry.mp4', import.meta.url)))
  const reply = await sandbox.waitForReply(user.sendTo(bot, { media: sandbox.file({ kind: 'video', name: 'ferry.mp4', mimeType: 'video/mp4', content }) }))
  const url = reply.buttons[0]?.kind === 'url' ? reply.buttons[0].url : ''
  // Slow enough that what is sought has not come by itself.
  const slow = sandbox.shape({ match: { accountId: bot.id }, bytesPerSecond: 250_000, sharedBy: 'account' })
  const page = await openBrowser(t)
  const answers: string[] = []
  page.on('response', response => { answers.push(`${response.status()} ${response.headers()['content-range'] ?? 'whole'}`) })
  await page.goto(url, { waitUntil: 'commit' })

  // Nothing starts by itself in a sandbox: whoever opens it presses the space bar.
  await until('the film is ready', () => inPage<boolean>(page, 'return film?.readyState > 2'))
  await page.keyboard.press('Space')
  await until('the film plays', () => inPage<boolean>(page, 'return film.currentTime > 1'))
  t.match(await inPage(page, 'return { error: film.error, paused: film.paused, duration: Math.round(film.duration), width: film.videoWidth }'), { error: null, paused: false, duration: 48, width: 1280 })
  await inPage(page, 'film.pause()')
  const early = await inPage<number>(page, 'return film.currentTime')
  t.ok(apart(await shownHue(page), hueAt(early)) < 15, `the frame at ${early} s`)

  const isThere = await inPage<boolean>(page, 'return [...Array(film.buffered.length).keys()].some(index => film.buffered.end(index) >= film.duration * 0.8)')
  t.notOk(isThere, 'the browser must ask for it')
  await inPage(page, 'film.currentTime = film.duration * 0.8')
  await until('the seek has ended', () => inPage<boolean>(page, 'return !film.seeking && film.readyState > 1'))
  t.equal(Math.round(await inPage<number>(page, 'return film.currentTime * 10')), 384)
  t.ok(answers.some(answer => startOf(answer) > content.size / 2), `answered with ${answers.join(', ')}`)
  const hue = await shownHue(page)
  t.ok(apart(hue, hueAt(38.4)) < 15, `a hue of ${hue.toFixed()}° at 38.4 s`)

  await page.keyboard.press('Space')
  await until('the film goes on', () => inPage<boolean>(page, 'return film.currentTime > 39'))
  slow.remove()
  if (screenshot !== undefined) await takePicture(page, screenshot)
})

/** The film as a browser shows it, while it plays. */
async function takePicture (page: Page, path: string): Promise<void> {
  await page.mouse.move(640, 400)
  await until('the film has gone on for a while', () => inPage<boolean>(page, 'return film.currentTime > 41'))
  await page.screenshot({ path })
}
