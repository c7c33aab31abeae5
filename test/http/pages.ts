import { createHash } from 'node:crypto'
import { pino } from 'pino'
import t from 'tap'
import { createLinks } from '../../src/links/links.js'
import type { MediaFile } from '../../src/media.js'
import { mediaFile, type PartsChange, serverWith } from './fixtures/server.js'

const copies = [{ botId: '1' as never, fileId: 'x' }]
const html = { accept: 'text/html,application/xhtml+xml' }

const serving = (change: Partial<MediaFile> = {}, rest: PartsChange = {}): PartsChange => ({
  findMedia: async id => id === mediaFile().id ? { file: { ...mediaFile(), ...change }, copies } : null,
  ...rest
})

const watch = `/watch/${mediaFile().id}`
const playlist = `/playlist/${mediaFile().id}.m3u`

/** Addresses of other hosts that a browser would ask by itself for this page. */
function loadedFrom (page: string): string[] {
  const attributes = [...page.matchAll(/<(?:script|img|source|video|audio|link|iframe|object|embed)\b[^>]*?\b(?:src|href|poster|data)="([^"]*)"/g)].map(([, url]) => url ?? '')
  const styles = [...page.matchAll(/url\(([^)]*)\)|@import/g)].map(([text]) => text)
  return [...attributes.filter(url => !/^(?:\/(?!\/)|data:)/.test(url)), ...styles.filter(text => !/^url\((?:#|%23)/.test(text))]
}

t.test('the watch page plays the file, names it, and offers its link, its playlist and six players', async t => {
  const answer = await serverWith(t, serving({ name: 'Über uns.mp4', size: 1_500_000_000 })).inject(watch)
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
  const url = 'https://files.example.org/download/AgADfile/%C3%9Cber%20uns.mp4'
  for (const part of [
    '<h1>Über uns.mp4</h1>', '1.5 GB · video/mp4', '<source src="/download/AgADfile/%C3%9Cber%20uns.mp4" type="video/mp4">', 'controls', 'poster="data:image/svg+xml,',
    'href="/download/AgADfile/%C3%9Cber%20uns.mp4?download"', 'href="/playlist/AgADfile.m3u"', `value="${url}"`,
    `href="vlc://${url}"`, `href="mpv://${url}"`, `href="potplayer://${url}"`,
    'package&#61;com.mxtech.videoplayer.ad', 'href="iina://weblink?url&#61;https%3A%2F%2Ffiles', 'href="infuse://x-callback-url/play?url&#61;https%3A',
    '<meta property="og:title" content="Über uns.mp4">', '<meta property="og:type" content="video.other">', `<meta property="og:video" content="${url}">`, '<html lang="en">'
  ]) t.ok(answer.body.includes(part), part)
  t.notMatch(answer.body, /\\n|undefined|\[object/)
})

t.test('pages are small, ask no other host, and their policy lets run what stands in them and nothing else', async t => {
  const app = serverWith(t, serving({ name: '🍵'.repeat(255) }))
  for (const url of ['/', watch, '/watch/nothing']) {
    const { body, headers } = await app.inject({ url, headers: html })
    t.ok(Buffer.byteLength(body) < 60_000, `${url}: ${Buffer.byteLength(body)} bytes`)
    t.same(loadedFrom(body), [], url)
    const policy = String(headers['content-security-policy'])
    for (const [, tag, text = ''] of body.matchAll(/<(style|script)>([^]*?)<\/\1>/g)) {
      t.ok(policy.includes(`${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`), `${url}: its ${tag}`)
    }
    t.match(policy, /^default-src 'none';.*base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/)
    t.notMatch(policy, /unsafe/)
    t.notMatch(body, /<[^>]* (?:on\w+|style)=/, 'nothing that the policy would stop')
    t.match(headers, { 'x-content-type-options': 'nosniff', 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' })
  }
})

t.test('a file\'s name and type cannot become HTML, whatever they are', async t => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'`$' + '{1}!{2}\u0000</title></style>&amp;'
  for (const kind of ['video/', 'audio/', 'image/', '']) {
    const { body } = await serverWith(t, serving({ name: hostile, mimeType: `${kind}${hostile}` })).inject(watch)
    t.equal(body.match(/<script/g)?.length, 1, 'only our own script')
    t.notMatch(body, /<img src=x|<script>alert|onerror=alert/)
    t.equal(body.match(/<\/title>/g)?.length, 1)
  }
})

t.test('what is not played is shown, or offered for download only', async t => {
  const bodyFor = async (mimeType: string | null) => (await serverWith(t, serving({ mimeType })).inject(watch)).body
  t.match(await bodyFor('audio/mpeg'), /<audio controls/)
  t.match(await bodyFor('image/png'), /<img src="\/download\/AgADfile\/film\.mp4" alt/)
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', 'application/zip']) {
    const body = await bodyFor(type)
    t.notMatch(body, /<(?:video|audio|img|iframe|object|embed)/, String(type))
    t.match(body, /Download<\/a>/)
    t.notMatch(body, /vlc:/)
  }
  t.match(await (async () => (await serverWith(t, serving({ name: null, size: null, mimeType: null })).inject(watch)).body)(), /<h1>A file<\/h1>[^]*Size and type are not known/)
})

t.test('a film or sound whose type says nothing is offered to players, without a script', async t => {
  const bodyFor = async (name: string | null, mimeType: string | null) => (await serverWith(t, serving({ name, mimeType })).inject(watch)).body
  for (const [name, type] of [['film.mkv', 'application/octet-stream'], ['Film.AVI', null], ['film.ts', ''], ['film.mkv', 'application/x-matroska'], ['sound.flac', 'Application/Octet-Stream']] as const) {
    const body = await bodyFor(name, type)
    t.notMatch(body, /<(?:video|audio)\b|id="unplayable"/, 'no browser would play it')
    t.match(body, /<p class="note">This browser cannot play this kind of file\. Open it in one of the players below, or download it\.<\/p>/, `${name} ${type}`)
    for (const part of ['href="vlc://https://files.example.org/download/', 'href="/playlist/AgADfile.m3u"', 'Download</a>']) t.ok(body.includes(part), `${name} ${type} ${part}`)
  }
  for (const [name, type] of [['notes.txt', null], ['archive.mkv.zip', 'application/octet-stream'], [null, null], ['mkv', null], ['film.mkv', 'text/html']] as const) t.notMatch(await bodyFor(name, type), /vlc:|class="note"/, `${name} ${type}`)
})

t.test('the playlist has one entry, and a name that breaks no line', async t => {
  const answer = await serverWith(t, serving({ name: 'a\r\nhttp://evil.example/\u2028b.mp4' })).inject(playlist)
  t.equal(answer.body, '#EXTM3U\n#EXTINF:-1,a http://evil.example/ b.mp4\nhttps://files.example.org/download/AgADfile/a%0D%0Ahttp%3A%2F%2Fevil.example%2F%E2%80%A8b.mp4\n')
  t.match(answer.headers, { 'content-type': 'audio/x-mpegurl; charset=utf-8', 'content-disposition': 'attachment; filename="AgADfile.m3u"', 'x-content-type-options': 'nosniff' })
})

t.test('where links are signed, page and playlist want the signature, and hand it on', async t => {
  const links = createLinks({ publicUrl: 'https://files.example.org/ferry', secret: 'a secret for the tests', ttlSeconds: 60 })
  const made = links.make(mediaFile(), 0)
  const app = serverWith(t, serving({}, { links }))
  const local = (url: string) => url.replace('https://files.example.org/ferry', '')
  for (const url of [made.watch, made.playlist].map(local)) {
    t.equal((await app.inject(url)).statusCode, 200)
    for (const wrong of [url.replace(/\?.*/, ''), url.replace(/sig=./, 'sig=')]) t.match({ status: (await app.inject(wrong)).statusCode, ...(await app.inject(wrong)).json() }, { status: 403, code: 'LINK_REFUSED' })
  }
  const { body } = await app.inject(local(made.watch))
  const escaped = (text: string) => text.replaceAll('&', '&#38;').replaceAll('=', '&#61;')
  t.ok(body.includes(`value="${escaped(made.download)}"`), 'the link to copy')
  t.ok(body.includes(`src="${escaped(`/ferry${local(made.download)}`)}"`), 'what plays, below the path of PUBLIC_URL')
  t.ok((await app.inject(local(made.playlist))).body.includes(made.download))
})

t.test('a person gets a page that says what is wrong, a program the problem\'s details', async t => {
  const logged: string[] = []
  const logger = pino({ level: 'warn' }, { write: line => { logged.push(JSON.parse(line).err.code) } })
  const app = serverWith(t, serving({}, { logger, findMedia: async id => id === 'gone' ? { file: mediaFile(), copies: [] } : id === 'blocked' ? { file: mediaFile(), copies, link: { generation: 0, blocked: true } } : null }))
  for (const [id, status, title] of [['nothing', 404, 'There is no such file'], ['gone', 410, 'This file is gone'], ['blocked', 403, 'This link cannot be used'], ['b%20d', 400, 'This did not work']] as const) {
    const page = await app.inject({ url: `/watch/${id}`, headers: html })
    t.match({ status: page.statusCode, type: page.headers['content-type'] }, { status, type: 'text/html; charset=utf-8' })
    t.ok(page.body.includes(`<h1>${title}</h1>`))
    t.match(page.headers, { 'cache-control': 'no-store', 'content-security-policy': /^default-src 'none'/ })
    t.equal((await app.inject(`/watch/${id}`)).headers['content-type'], 'application/problem+json; charset=utf-8')
  }
  t.same(logged, ['FILE_GONE', 'FILE_GONE'], 'the log says what an owner can mend, whoever asked')
})

t.test('who waits too long for a page or a playlist is told to come again', async t => {
  const app = serverWith(t, { firstByteMs: 5, findMedia: async () => await new Promise(() => {}) })
  for (const url of [watch, playlist]) {
    const answer = await app.inject(url)
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 503, code: 'FIRST_BYTE_LATE', detail: /^the catalogue did not answer within/ }, url)
    t.equal(answer.headers['retry-after'], '5')
  }
})

t.test('HEAD gets the same headers, and other methods are refused', async t => {
  const app = serverWith(t, serving())
  for (const url of ['/', watch, playlist]) {
    const head = await app.inject({ url, method: 'HEAD' })
    t.equal(head.statusCode, 200)
    t.equal(head.headers['content-length'], (await app.inject(url)).headers['content-length'])
    t.match(await app.inject({ url, method: 'POST' }), { statusCode: 405, headers: { allow: 'GET, HEAD' } })
  }
})

t.test('the first page tells what this is, and lists nothing', async t => {
  const { body } = await serverWith(t, serving()).inject('/')
  t.match(body, /<h1>Files out of Telegram/)
  t.notMatch(body, /AgAD|<script/)
})

t.test('at a path that does not exist a person gets a page, and a program the problem', async t => {
  const app = serverWith(t, serving())
  for (const url of ['/nope', '/watch', '/download', '/a/b/c.php?x=<script>']) {
    const page = await app.inject({ url, headers: html })
    t.same([page.statusCode, page.headers['content-type'], page.headers['cache-control'], page.headers['vary']], [404, 'text/html; charset=utf-8', 'no-store', 'Accept'], url)
    t.match(page.body, /<h1>There is nothing here<\/h1>\n<p class="lead">There is nothing at this path: files are at \/download\/&#60;id&#62;\.</)
    t.notMatch(page.body, /c\.php/)
    t.match((await app.inject(url)).json(), { status: 404, code: 'UNKNOWN_PATH' })
  }
  t.equal((await app.inject({ url: '/nope', method: 'POST', headers: html })).statusCode, 404)
})
