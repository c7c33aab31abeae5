import t from 'tap'
import type { InjectOptions } from 'fastify'
import { createLinks } from '../../src/links/links.js'
import type { Administration } from '../../src/http/parts.js'
import { botId, mediaFile, type PartsChange, serverWith } from './fixtures/server.js'

const token = 'a token for the tests'.replaceAll(' ', '-')
const authorization = `Bearer ${token}`
const id = mediaFile().id

/** An administration of one file, that notes what it was asked. */
function administered (change: Partial<Administration> = {}): { parts: PartsChange, asked: string[] } {
  const asked: string[] = []
  const admin: Administration = {
    token,
    listFiles: async ({ search, after, limit }) => {
      asked.push(`list ${search} ${after?.time} ${after?.id} ${limit}`)
      return { files: [{ file: mediaFile(), link: { generation: 0, blocked: false } }], next: { time: '2026-02-03T04:05:06.789123+00:00', id } }
    },
    findSenders: async () => ['0', '42'],
    revoke: async (id, occasion) => { asked.push(`revoke ${id} ${occasion}`) },
    unblock: async id => { asked.push(`unblock ${id}`) },
    forget: async (forgotten, occasion) => {
      asked.push(`forget ${forgotten} ${occasion}`)
      return forgotten === id
    },
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'teleferry_streams 0\n' }),
    bots: () => [{ botId, username: 'ferry_bot', state: 'resting', reason: 'Telegram asks to wait', until: new Date('2026-01-01Z') }],
    ...change
  }
  return { parts: { admin, links: createLinks({ publicUrl: 'https://files.example.org', secret: 'a secret for the tests', ttlSeconds: 60 }) }, asked }
}

const every: ReadonlyArray<readonly [NonNullable<InjectOptions['method']>, string]> = [
  ['GET', '/api/files'], ['GET', `/api/files/${id}`], ['DELETE', `/api/files/${id}`], ['POST', `/api/files/${id}/revoke`],
  ['POST', `/api/files/${id}/unblock`], ['POST', `/api/files/${id}/links`], ['GET', '/api/bots'], ['GET', '/metrics']
]

t.test('without ADMIN_TOKEN there are no administrative routes', async t => {
  const app = serverWith(t)
  for (const [method, url] of every) t.match(await app.inject({ method, url, headers: { authorization } }), { statusCode: 404 }, url)
  t.same(Object.keys((await app.inject('/openapi.json')).json().paths).filter(path => path.startsWith('/api') || path === '/metrics'), [])
})

t.test('every administrative route wants the token, and does nothing without it', async t => {
  const { parts, asked } = administered()
  const app = serverWith(t, parts)
  const wrong = [undefined, '', 'Bearer', `Basic ${token}`, token, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Bearer ${token} x`, `Bearer ${token.toUpperCase()}`]
  for (const [method, url] of every) {
    for (const given of wrong) {
      const answer = await app.inject({ method, url, ...given !== undefined && { headers: { authorization: given } } })
      t.match({ status: answer.statusCode, ...answer.json(), ...answer.headers }, { status: 401, code: 'UNAUTHORIZED', 'www-authenticate': /^Bearer/ }, `${method} ${url} ${given}`)
      t.notOk(answer.body.includes(token))
    }
  }
  t.same(asked, [])
  t.equal((await app.inject({ url: '/api/files', headers: { authorization: `bearer  ${token}` } })).statusCode, 200, 'the scheme is in any case')
})

t.test('whoever guesses the token is stopped, also where RATE_LIMIT is off, and others are not', async t => {
  const { parts } = administered()
  const app = serverWith(t, { ...parts, rateLimitPerMinute: 0 })
  const guess = async (remoteAddress: string) => (await app.inject({ url: '/api/bots', remoteAddress, headers: { authorization: 'Bearer x' } })).statusCode
  const statuses: number[] = []
  for (let index = 0; index < 122; index++) statuses.push(await guess('192.0.2.1'))
  t.same(statuses.slice(-3), [401, 429, 429])
  const limited = await app.inject({ url: '/api/bots', remoteAddress: '192.0.2.1', headers: { authorization } })
  t.match({ status: limited.statusCode, ...limited.headers }, { status: 429, 'retry-after': /^\d+$/, 'ratelimit-limit': '120', 'ratelimit-remaining': '0', 'ratelimit-reset': /^\d+$/ })
  t.equal(await guess('192.0.2.2'), 401)
  t.equal((await app.inject({ url: '/healthz', remoteAddress: '192.0.2.1' })).statusCode, 200)
})

t.test('it lists, and goes on where a page ended', async t => {
  const { parts, asked } = administered()
  const app = serverWith(t, parts)
  const list = async (query: Record<string, string>) => await app.inject({ url: '/api/files', query, headers: { authorization } })
  const first = (await list({})).json()
  t.match(first.files, [{ id, name: 'film.mp4', size: 1000, mimeType: 'video/mp4', createdAt: '2026-02-03T04:05:06.789Z', generation: 0, blocked: false }])
  await list({ search: 'a b', after: first.next, limit: '200' })
  t.same(asked, ['list null undefined undefined 50', `list a b 2026-02-03T04:05:06.789123+00:00 ${id} 200`])
  for (const query of [{ limit: '0' }, { limit: '201' }, { limit: 'x' }, { search: '' }, { after: 'x' }, { after: Buffer.from('2026-99-99T00:00:00 x').toString('base64url') }]) {
    t.equal((await list(query as unknown as Record<string, string>)).statusCode, 400, JSON.stringify(query))
  }
})

t.test('what the database would not take for a text or a time is refused before it is asked', async t => {
  const { parts, asked } = administered()
  const app = serverWith(t, parts)
  const statusOf = async (query: string) => (await app.inject({ url: `/api/files?${query}`, headers: { authorization } })).statusCode
  const after = (position: string) => `after=${Buffer.from(position).toString('base64url')}`
  for (const query of ['search=a%00b', 'search=%00', 'search=a%0Ab', after('2026-02-03T04:05:06+00:00 a\0b'), after(' \0'), ...['0000-01-01T00:00:00', '2026-02-31T00:00:00+00:00', '2026-02-03T04:05:61', '2026-02-03T04:05:06+16:00', '2026-02-03T04:05:06.1.2', '2026-02-03', 'yesterday'].map(time => after(`${time} x`))]) {
    t.equal(await statusOf(query), 400, query)
  }
  t.same(asked, [])
  for (const query of ['search=%C3%9Cber%20uns', ...['', 'infinity', '-infinity', '2026-02-03T04:05:06.789123+00:00', '2024-02-29T04:05:06', '1890-01-01T00:00:00+00:53:28'].map(time => after(`${time} AgADfile`))]) t.equal(await statusOf(query), 200, query)
})

t.test('it reads, revokes, unblocks and forgets a file, and makes new links', async t => {
  const { parts, asked } = administered()
  const app = serverWith(t, parts)
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string) => await app.inject({ method, url: `/api/files/${path}`, headers: { authorization } })
  t.match((await ask('GET', id)).json(), { id, bots: [botId], senders: ['42'] })
  t.notMatch((await ask('GET', id)).body, /secret|fileId/)
  t.equal((await ask('POST', `${id}/revoke`)).json().id, id)
  t.equal((await ask('POST', `${id}/unblock`)).json().id, id)
  t.match((await ask('POST', `${id}/links`)).json(), { download: /^https:.*sig=/, watch: /watch/, playlist: /playlist/, expiresAt: /^20/ })
  t.match(await ask('DELETE', id), { statusCode: 204, body: '' })
  t.match(asked, [/^revoke AgADfile request [\da-f-]{36}$/, 'unblock AgADfile', /^forget AgADfile request /])
  for (const [method, path] of [['GET', 'none'], ['DELETE', 'none'], ['POST', 'none/revoke'], ['POST', 'none/unblock'], ['POST', 'none/links']] as const) t.match((await ask(method, path)).json(), { status: 404, code: 'UNKNOWN_FILE' }, path)
  t.equal((await ask('GET', 'a%20b')).statusCode, 400)
  t.match(await ask('POST', id), { statusCode: 405, headers: { allow: 'GET, DELETE' } })
})

t.test('the bots come with their state', async t => {
  const { parts } = administered()
  t.same((await serverWith(t, parts).inject({ url: '/api/bots', headers: { authorization } })).json(), [{ id: botId, username: 'ferry_bot', state: 'resting', reason: 'Telegram asks to wait', until: '2026-01-01T00:00:00.000Z' }])
})

t.test('a database that is away is a 503 without particulars', async t => {
  const failing = async () => { throw new Error('password authentication failed for user "x"') }
  const { parts } = administered({ listFiles: failing, forget: failing })
  const app = serverWith(t, parts)
  for (const [method, url] of [['GET', '/api/files'], ['DELETE', `/api/files/${id}`]] as const) {
    const answer = await app.inject({ method, url, headers: { authorization } })
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 503, code: 'DATABASE_UNREACHABLE' })
    t.notMatch(answer.body, /password/)
  }
})

t.test('the description names every route, what it takes and what it answers, and which of them want the token', async t => {
  const { parts } = administered()
  const answer = await serverWith(t, parts).inject('/openapi.json')
  const { openapi, paths, components } = answer.json()
  t.equal(openapi, '3.1.0')
  t.match(components.securitySchemes.adminToken, { type: 'http', scheme: 'bearer' })
  const isGuarded = (path: string) => path.startsWith('/api') || path === '/metrics'
  t.same(Object.keys(paths).sort(), [
    '/', '/api/bots', '/api/files', '/api/files/{id}', '/api/files/{id}/links', '/api/files/{id}/revoke', '/api/files/{id}/unblock',
    '/download/{id}', '/download/{id}/{name}', '/healthz', '/metrics', '/playlist/{id}.m3u', '/readyz', '/watch/{id}'
  ])
  for (const [path, operations] of Object.entries<Record<string, { security?: unknown, summary?: string, responses: Record<string, unknown> }>>(paths)) {
    for (const [method, { security, summary, responses }] of Object.entries(operations)) {
      t.same(security, isGuarded(path) ? [{ adminToken: [] }] : undefined, `${method} ${path}`)
      t.ok(summary, `${method} ${path} has a summary`)
      if (isGuarded(path)) t.match(responses, { 401: { content: { 'application/problem+json': {} } }, 429: {} })
    }
  }
  const limit = paths['/api/files'].get.parameters.find(({ name }: { name: string }) => name === 'limit')
  t.match(limit, { in: 'query', schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } })
  t.match(paths['/api/files/{id}'].get.responses['200'].content['application/json'].schema.properties, { id: { type: 'string' }, generation: { type: 'integer' } })
  t.same(Object.keys(paths['/api/files/{id}']).sort(), ['delete', 'get'])
})
