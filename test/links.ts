import { createHmac } from 'node:crypto'
import t from 'tap'
import { createLinks, type LinkQuery } from '../src/links/links.js'
import type { MediaId } from '../src/media.js'

const id = 'AgADxyz' as MediaId
const file = { id, name: 'Über uns & co.mp4' }
const secret = 'a secret for the tests'
const open = { generation: 0, blocked: false }

function maker ({ ttlSeconds = null, at = 1_000_000, signed = true }: { ttlSeconds?: number | null, at?: number, signed?: boolean } = {}) {
  return createLinks({ publicUrl: 'https://files.example.org/base', secret: signed ? secret : null, ttlSeconds, now: () => at * 1000 })
}

function queryOf (url: string): LinkQuery {
  const { searchParams } = new URL(url)
  return { exp: searchParams.get('exp') ?? undefined, sig: searchParams.get('sig') ?? undefined }
}

t.test('open links have no query, and every one is good unless the file is blocked', async t => {
  const links = maker({ signed: false, ttlSeconds: 5 })
  t.same(links.make(file, 3), {
    download: 'https://files.example.org/base/download/AgADxyz/%C3%9Cber%20uns%20%26%20co.mp4',
    watch: 'https://files.example.org/base/watch/AgADxyz',
    playlist: 'https://files.example.org/base/playlist/AgADxyz.m3u',
    expiresAt: null
  })
  t.equal(links.judge(id, { sig: 'x', exp: '1' }, { generation: 9, blocked: false }), 'good')
  t.equal(links.judge(id, {}, null), 'good', 'whether there is such a file is for others to say')
  t.equal(links.judge(id, {}, { generation: 0, blocked: true }), 'refused')
})

t.test('the signature is HMAC-SHA-256 over id, expiry and generation, the same for all links of a file', async t => {
  const made = maker({ ttlSeconds: 60 }).make(file, 2)
  const expected = createHmac('sha256', secret).update(`${id}.1000060.2`).digest('base64url')
  for (const url of [made.download, made.watch, made.playlist]) t.same(queryOf(url), { exp: '1000060', sig: expected })
  t.same(made.expiresAt, new Date(1_000_060_000))
  t.match(maker().make(file, 0).watch, /\/watch\/AgADxyz\?sig=[\w-]{43}$/)
})

t.test('a link is good until it expires and while its generation lasts', async t => {
  const query = queryOf(maker({ ttlSeconds: 60 }).make(file, 2).watch)
  const judge = (at: number, generation: number) => maker({ at }).judge(id, query, { generation, blocked: false })
  t.same([1_000_000, 1_000_059, 1_000_060, 2_000_000].map(at => judge(at, 2)), ['good', 'good', 'expired', 'expired'])
  t.same([0, 1, 3].map(generation => judge(1_000_000, generation)), ['refused', 'refused', 'refused'])
  t.equal(maker().judge(id, query, { generation: 2, blocked: true }), 'refused')
  t.equal(maker().judge(id, query, null), 'refused')
})

t.test('whatever is changed in a link makes it worthless', async t => {
  const links = maker({ ttlSeconds: 60 })
  const { exp = '', sig = '' } = queryOf(links.make(file, 0).watch)
  const other = (letter: string) => letter === 'A' ? 'B' : 'A'
  const forged: Array<[string, LinkQuery]> = [
    ['nothing', {}], ['no signature', { exp }], ['no expiry', { sig }], ['later', { exp: '9000000', sig }], ['a zero more', { exp: `0${exp}`, sig }],
    ['a blank', { exp: `${exp} `, sig }], ['cut', { exp, sig: sig.slice(0, -1) }], ['padded', { exp, sig: `${sig}=` }], ['other base64', { exp, sig: sig.replace(/-/g, '+').replace(/_/g, '/') + '.' }],
    ['not ASCII', { exp, sig: 'ü'.repeat(43) }], ['empty', { exp: '', sig: '' }],
    ...[...sig].map((letter, at): [string, LinkQuery] => [`letter ${at}`, { exp, sig: sig.slice(0, at) + other(letter) + sig.slice(at + 1) }])
  ]
  for (const [what, query] of forged) t.equal(links.judge(id, query, open), 'refused', what)
  t.equal(links.judge('AgADxyy' as MediaId, { exp, sig }, open), 'refused', 'another file')
  t.equal(createLinks({ publicUrl: '', secret: 'another secret', ttlSeconds: null, now: () => 0 }).judge(id, { exp, sig }, open), 'refused', 'another secret')
  t.equal(links.judge(id, { exp, sig }, open), 'good')
})

t.test('an expired link is called so whether or not there is such a file, for that is written in it', async t => {
  for (const state of [open, null, { generation: 1, blocked: true }]) t.equal(maker().judge(id, { exp: '999999', sig: 'x' }, state), 'expired')
})

t.test('names that would be steps in the path, or cannot be encoded, do no harm', async t => {
  const nameIn = (name: string | null) => maker({ signed: false }).make({ id, name }, 0).download.slice('https://files.example.org/base/download/AgADxyz'.length)
  t.same([null, '', '.', '..', '...', 'a/b', '?#%', '\ud800', `${'🍵'.repeat(200)}.mp4`].map(nameIn), ['', '', '', '', '/...', '/a%2Fb', '/%3F%23%25', '/%EF%BF%BD', `/${'%F0%9F%8D%B5'.repeat(96)}.mp4`])
})

t.test('the links that go along with a link carry its query', async t => {
  const along = maker().along(file, { exp: '1', sig: 'a&b' }, '')
  t.equal(along.playlist, '/playlist/AgADxyz.m3u?exp=1&sig=a%26b')
})
