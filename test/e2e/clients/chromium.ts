import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t from 'tap'
import { bytesContent, syntheticContent } from '../../../src/sandbox/world/content.js'
import { type Posted, post, startStory, type Teardown } from '../fixtures/story.js'
import { until } from '../fixtures/until.js'
import { inWords, noteRequests } from './fixtures/asked.js'
import { openBrowser, withoutBrowser } from './fixtures/browser.js'
import { colourOff, filmSeconds, makeFilm, sought } from './fixtures/film.js'
import { makeFolder } from './fixtures/program.js'

const skip = withoutBrowser

/** Where pictures are kept for people to look at: `SCREENSHOTS=folder npm test -- test/e2e/clients/chromium.ts`. */
const pictures = process.env['SCREENSHOTS']

const desk = { width: 1280, height: 900 }
const phone = { width: 390, height: 844 }

interface Visit {
  readonly page: Page
  /** What the page complained of, and what it asked other hosts for. */
  readonly complaints: readonly string[]
}

interface Offered extends Posted {
  readonly watch: string
  readonly folder: string
  visit (options?: BrowserContextOptions): Promise<Visit>
}

type Offer = { readonly name: string, readonly mimeType: string, readonly content: Uint8Array }

/** A file behind the service, and a browser for its page. */
async function offer (t: Teardown, { name, mimeType, content }: Offer, bytesPerSecond?: number): Promise<Offered> {
  const story = await startStory(t)
  const posted = await post(story, story.app, { kind: 'video', name, mimeType, content: bytesContent(content), durationSeconds: filmSeconds })
  if (bytesPerSecond !== undefined) for (const { id } of story.bots) story.sandbox.shape({ match: { accountId: id }, bytesPerSecond, sharedBy: 'account' })
  const browser = await openBrowser(t)
  return {
    ...posted,
    watch: posted.url.replace('/download/', '/watch/'),
    folder: await makeFolder(t),
    visit: async (options = {}) => {
      const page = await browser.newPage({ viewport: desk, ...options })
      const complaints: string[] = []
      page.on('console', message => { if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text()) })
      page.on('pageerror', error => { complaints.push(error.message) })
      page.on('request', request => { if (!/^data:/.test(request.url()) && new URL(request.url()).origin !== story.app.address) complaints.push(`asked ${request.url()}`) })
      return { page, complaints }
    }
  }
}

async function makeFilmHere (t: Teardown): Promise<Uint8Array> {
  return await makeFilm(t, await makeFolder(t), 'mp4')
}

/** Waits for a condition in the page. Playwright's own way would want the page's policy to allow it. */
async function comesTrue (page: Page, condition: string): Promise<void> {
  await until(condition, async () => await page.evaluate<boolean>(condition))
}

async function keepPicture (page: Page, name: string): Promise<Buffer> {
  const picture = await page.screenshot({ fullPage: true })
  if (pictures !== undefined) {
    await mkdir(pictures, { recursive: true })
    await writeFile(join(pictures, `${name}.png`), picture)
  }
  return picture
}

t.test('Chromium plays the film on its page and seeks to 80 %', { skip }, async t => {
  const { visit, watch, folder, file } = await offer(t, { name: 'film.mp4', mimeType: 'video/mp4', content: await makeFilmHere(t) }, 400_000)
  const asked = noteRequests(t)
  const { page, complaints } = await visit()
  await page.goto(watch)
  await comesTrue(page, 'document.querySelector("video").readyState >= 1')
  t.equal(await page.evaluate<number>('Math.round(document.querySelector("video").duration)'), filmSeconds)
  await page.evaluate('document.querySelector("video").play()')
  await comesTrue(page, 'document.querySelector("video").currentTime > 1')
  await page.evaluate(`(() => { const film = document.querySelector('video'); film.pause(); film.currentTime = ${sought} })()`)
  await comesTrue(page, '!document.querySelector("video").seeking')
  // A canvas gives the picture of a film of its own origin.
  const picture = await page.evaluate<string>(`(() => {
    const film = document.querySelector('video')
    const canvas = Object.assign(document.createElement('canvas'), { width: film.videoWidth, height: film.videoHeight })
    canvas.getContext('2d').drawImage(film, 0, 0)
    return canvas.toDataURL('image/png')
  })()`)
  await writeFile(join(folder, 'picture.png'), Buffer.from(picture.slice(picture.indexOf(',') + 1), 'base64'), { mode: 0o644 })
  const off = await colourOff(t, folder, 'picture.png', sought)
  t.ok(off < 15, `${off.toFixed()}° from the colour of ${sought} s`)
  t.ok(asked.some(({ start }) => start > file.content.size / 2) || await page.evaluate<boolean>('document.querySelector("video").buffered.length > 1'))
  t.same(complaints, [])
  await page.close()
  t.comment(`Chromium played from the start and at ${sought} s: ${inWords(asked.filter(({ path }) => path.startsWith('/download')))}`)
})

for (const [device, viewport] of [['desk', desk], ['phone', phone]] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`the page fits a ${device}, ${colorScheme}, is complete and asks nobody else`, { skip }, async t => {
      const { visit, watch } = await offer(t, { name: 'Ferry.Crossing.2026.1080p.WEB.x264-with-a-name-that-does-not-end.mp4', mimeType: 'video/mp4', content: await makeFilmHere(t) })
      const { page, complaints } = await visit({ viewport, colorScheme })
      await page.goto(watch)
      await comesTrue(page, 'document.querySelector("video").readyState >= 1')
      t.notOk(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), 'nothing sticks out')
      t.same(await page.getByRole('heading').allInnerTexts(), ['Ferry.Crossing.2026.1080p.WEB.x264-with-a-name-that-does-not-end.mp4', 'Open in a player'])
      t.same((await page.getByRole('listitem').getByRole('link').allInnerTexts()).map(text => text.split('\n')[0]), ['VLC', 'mpv', 'IINA', 'PotPlayer', 'MX Player', 'Infuse'])
      t.ok(await page.getByRole('link', { name: 'Download' }).isVisible())
      t.ok(await page.getByRole('textbox', { name: 'Link to the file' }).isVisible())
      const tooSmall = await page.evaluate<string[]>('[...document.querySelectorAll(".button")].filter(button => button.getBoundingClientRect().height < 44).map(button => button.textContent)')
      t.same(tooSmall, [], 'fingers hit every button')
      t.same(complaints, [])
      const picture = await keepPicture(page, `watch-${device}-${colorScheme}`)
      t.ok(picture.length > 20_000, 'a picture with something on it')
      t.comment(`Chromium drew the page ${viewport.width} pixels wide, ${colorScheme}, in ${picture.length} bytes`)
    })
  }
}

t.test('the keyboard reaches everything, and the link is copied', { skip }, async t => {
  const { visit, watch, url } = await offer(t, { name: 'film.mp4', mimeType: 'video/mp4', content: await makeFilmHere(t) })
  const { page, complaints } = await visit({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(watch)
  const reached: string[] = []
  for (let index = 0; index < 40 && reached.at(-1) !== 'Infuse'; index++) {
    await page.keyboard.press('Tab')
    reached.push(await page.evaluate<string>('(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim().split("\\n")[0].replace(/iPhone.*/, "")'))
    if (reached.at(-1) === 'Copy link') await page.keyboard.press('Enter')
  }
  for (const name of ['Teleferry', 'film.mp4', 'Download', 'Playlist', 'Link to the file', 'Infuse']) t.ok(reached.includes(name), name)
  await comesTrue(page, 'document.getElementById("said").textContent === "Copied"')
  t.equal(await page.evaluate('navigator.clipboard.readText()'), `${url}/film.mp4`)
  t.same(complaints, [])
  t.comment(`Chromium went by Tab to ${reached.join(', ')} and copied the link`)
})

t.test('without JavaScript the film plays and only the button to copy is missing', { skip }, async t => {
  const { visit, watch } = await offer(t, { name: 'film.mp4', mimeType: 'video/mp4', content: await makeFilmHere(t) })
  const asked = noteRequests(t)
  const { page } = await visit({ javaScriptEnabled: false })
  await page.goto(watch)
  t.ok(await page.locator('video').isVisible())
  t.notOk(await page.getByRole('button', { name: 'Copy link' }).isVisible())
  t.notOk(await page.locator('#unplayable').isVisible())
  t.ok(await page.getByRole('link', { name: 'Download' }).isVisible())
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download' }).click()
  t.equal((await download).suggestedFilename(), 'film.mp4')
  await page.close()
  t.comment(`Chromium without JavaScript: ${inWords(asked)}`)
})

t.test('a film that the browser cannot play is said to be one, and players are offered', { skip }, async t => {
  for (const [name, mimeType, content] of [['film.avi', 'video/x-msvideo', syntheticContent('avi', 50_000).read(0, 50_000)], ['film.mp4', 'video/mp4', await readFile(new URL(import.meta.url))]] as const) {
    const { visit, watch } = await offer(t, { name, mimeType, content })
    const { page } = await visit({ viewport: phone })
    await page.goto(watch)
    await page.getByRole('alert').waitFor({ state: 'visible' })
    t.notOk(await page.locator('video').isVisible())
    t.ok(await page.getByRole('link', { name: 'VLC' }).isVisible())
    await keepPicture(page, `unplayable-${name.slice(-3)}`)
  }
  t.comment('Chromium said so of a type that it does not know, and of bytes that are no film')
})
