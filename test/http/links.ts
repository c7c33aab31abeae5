import t from 'tap'
import { createLinks } from '../../src/links/links.js'
import { mediaFile, type PartsChange, serverWith } from './fixtures/server.js'

const secret = 'a secret for the tests'
const links = createLinks({ publicUrl: 'https://files.example.org', secret, ttlSeconds: 3600 })
const file = mediaFile()
const copies = [{ botId: '1' as never, fileId: 'x' }]

/** A server that signs, where the file's links are of this generation. */
const signing = (generation = 0, blocked = false): PartsChange => ({
  links,
  findMedia: async id => id === file.id ? { file, copies, link: { generation, blocked } } : null
})

const shape = ({ statusCode, headers, body }: { statusCode: number, headers: Record<string, unknown>, body: string }) => {
  const { date, ...rest } = headers
  return { statusCode, rest, body }
}

t.test('a signed link serves the file, whole, in part and by HEAD', async t => {
  const app = serverWith(t, signing())
  const { download } = links.make(file, 0)
  const whole = await app.inject(download)
  t.match({ status: whole.statusCode, ...whole.headers }, { status: 200, 'cache-control': 'private, no-cache, no-transform' }, 'a signed link is nobody else\'s')
  t.equal((await app.inject({ url: download, headers: { range: 'bytes=1-2' } })).statusCode, 206)
  t.equal((await app.inject({ url: download, method: 'HEAD' })).statusCode, 200)
  t.equal((await app.inject(`${download}&download`)).headers['content-disposition']?.toString().startsWith('attachment'), true)
})

t.test('a wrong, a revoked and an unsigned link are refused with 403, also before conditions and ranges count', async t => {
  const app = serverWith(t, signing(1))
  const revoked = links.make(file, 0).download
  for (const url of [revoked, `/download/${file.id}`, `/download/${file.id}?sig=x`, `${links.make(file, 1).download}x`]) {
    for (const headers of [{}, { range: 'bytes=5000-' }, { 'if-none-match': '*' }, { 'if-match': '"other"' }]) {
      const answer = await app.inject({ url, headers })
      t.match({ status: answer.statusCode, ...answer.json() }, { status: 403, code: 'LINK_REFUSED' }, `${url} ${JSON.stringify(headers)}`)
      t.notOk(answer.headers.etag)
    }
    t.equal((await app.inject({ url, method: 'HEAD' })).statusCode, 403)
  }
})

t.test('the answer to a wrong link is the same whether or not there is such a file', async t => {
  const app = serverWith(t, signing(1))
  for (const query of ['', '?sig=x', '?exp=9999999999&sig=x', '?exp=1&sig=x', links.make(file, 0).watch.replace(/^.*\?/, '?')]) {
    for (const method of ['GET', 'HEAD'] as const) {
      const [known, unknown] = await Promise.all([file.id, 'AgADothr'].map(async id => shape(await app.inject({ url: `/download/${id}${query}`, method }))))
      t.same(known, unknown, `${method} ${query}`)
    }
  }
})

t.test('nor do its page and its playlist tell, neither to a person nor to a program', async t => {
  const app = serverWith(t, signing(1))
  const nameless = (text: string, id: string) => text.replaceAll(id, 'ID')
  for (const path of ['/watch/ID', '/playlist/ID.m3u']) {
    for (const query of ['', '?sig=x', '?exp=1&sig=x', links.make(file, 0).watch.replace(/^.*\?/, '?')]) {
      for (const accept of ['text/html', '*/*']) {
        const [known, unknown] = await Promise.all([file.id, 'AgADothr'].map(async id => {
          const answer = shape(await app.inject({ url: path.replace('ID', id) + query, headers: { accept } }))
          return { ...answer, body: nameless(answer.body, id) }
        }))
        t.equal(known?.statusCode, 403)
        t.same(known, unknown, `${path}${query} ${accept}`)
      }
    }
  }
})

t.test('what is remembered lets in, and turns away nobody: a wrong link is told the same whether or not there is such a file', async t => {
  const away = new Error('the database is away')
  const app = serverWith(t, {
    links,
    findMedia: async (id, mayDo) => {
      const found = { file, copies, link: { generation: 1, blocked: false } }
      if (id !== file.id || mayDo?.(found) !== true) throw away
      return found
    }
  })
  t.equal((await app.inject(links.make(file, 1).download)).statusCode, 200)
  for (const query of ['', '?sig=x', '?exp=1&sig=x', links.make(file, 0).watch.replace(/^.*\?/, '?')]) {
    for (const path of ['/download/', '/watch/']) {
      const [known, unknown] = await Promise.all([file.id, 'AgADothr'].map(async id => await app.inject(`${path}${id}${query}`)))
      t.match([known?.statusCode, unknown?.statusCode], [503, 503], `${path} ${query}`)
      t.equal(known?.json().detail, unknown?.json().detail)
    }
  }
})

t.test('a link that has expired says so, with 403', async t => {
  const app = serverWith(t, signing())
  const past = createLinks({ publicUrl: 'https://files.example.org', secret, ttlSeconds: 60, now: () => 0 }).make(file, 0).download
  const answer = await app.inject(past)
  t.match({ status: answer.statusCode, ...answer.json() }, { status: 403, code: 'LINK_EXPIRED' })
  t.equal(answer.headers['cache-control'], 'no-store')
})

t.test('a blocked file is refused with and without signatures; an unknown one is unknown where links are open', async t => {
  t.equal((await serverWith(t, signing(0, true)).inject(links.make(file, 0).download)).statusCode, 403)
  const open = serverWith(t, { findMedia: async id => id === file.id ? { file, copies, link: { generation: 0, blocked: true } } : null })
  t.equal((await open.inject(`/download/${file.id}`)).statusCode, 403)
  t.equal((await open.inject('/download/other')).statusCode, 404)
})

t.test('a query with the signature twice is not taken for either of them', async t => {
  const app = serverWith(t, signing())
  const { download } = links.make(file, 0)
  t.equal((await app.inject(`${download}&sig=x`)).statusCode, 400)
})
