import { readFile } from 'node:fs/promises'
import t from 'tap'
import { firstByteMs } from '../../src/http/first-byte.js'
import { serverWith } from './fixtures/server.js'

const isProblem = { headers: { 'content-type': /^application\/problem\+json/, 'cache-control': 'no-store' } }

t.test('a path that there is not is 404, whatever the method and the body', async t => {
  const app = serverWith(t)
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'] as const) {
    for (const url of ['/download', '/download/', '/download/a/b/c', '/metrics', '/favicon.ico']) {
      t.match(await app.inject({ method, url }), { ...isProblem, statusCode: 404 }, `${method} ${url}`)
    }
  }
  t.match((await app.inject({ method: 'POST', url: '/x', headers: { 'content-type': 'text/weird' }, payload: 'x' })).json(), { status: 404, code: 'UNKNOWN_PATH' })
})

t.test('another method on a path that there is is 405 and says which are allowed', async t => {
  const app = serverWith(t)
  for (const [url, allow] of [['/download/AgADfile', 'GET, HEAD, OPTIONS'], ['/download/AgADfile/film.mp4', 'GET, HEAD, OPTIONS'], ['/healthz', 'GET, HEAD'], ['/readyz', 'GET, HEAD']] as const) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const answer = await app.inject({ method, url, headers: { 'content-type': 'application/json' }, payload: '{' })
      t.match(answer, { ...isProblem, statusCode: 405, headers: { allow } }, `${method} ${url}`)
      t.match(answer.json(), { status: 405, title: 'Method Not Allowed', code: 'METHOD_NOT_ALLOWED' })
    }
  }
})

t.test('a path that is not well encoded is 400', async t => {
  const app = serverWith(t)
  for (const url of ['/%', '/download/%', '/download/%zz', '/download/AgADfile/%E0%A4%A', '/download/AgADfile/%ff']) {
    const answer = await app.inject(url)
    t.match(answer, { ...isProblem, statusCode: 400 }, url)
    t.match(answer.json(), { status: 400, title: 'Bad Request' })
  }
})

t.test('more requests than allowed are 429 with Retry-After, and health is always told', async t => {
  const app = serverWith(t, { rateLimitPerMinute: 2 })
  const url = '/download/AgADfile'
  t.equal((await app.inject(url)).statusCode, 200)
  t.equal((await app.inject(url)).statusCode, 200)
  const refused = await app.inject(url)
  t.match(refused, { ...isProblem, statusCode: 429, headers: { 'retry-after': /^\d+$/, 'access-control-allow-origin': '*' } })
  t.match(refused.json(), { status: 429, title: 'Too Many Requests', code: 'TOO_MANY_REQUESTS' })
  t.equal((await app.inject({ url, remoteAddress: '10.0.0.9' })).statusCode, 200, 'another client')
  for (let request = 0; request < 5; request++) {
    t.equal((await app.inject('/healthz')).statusCode, 200)
    t.equal((await app.inject('/readyz')).statusCode, 200)
  }
})

t.test('a limit of 0 is none', async t => {
  const app = serverWith(t, { rateLimitPerMinute: 0 })
  const answers = await Promise.all(Array.from({ length: 50 }, async () => await app.inject('/download/AgADfile')))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
})

t.test('who the client is follows from the proxies that are trusted', async t => {
  const address = async (trustProxy: boolean | number | string, forwarded: string) => {
    const app = serverWith(t, { trustProxy, rateLimitPerMinute: 1 })
    const from = (first: string) => app.inject({ url: '/download/AgADfile', headers: { 'x-forwarded-for': forwarded.replace('CLIENT', first) } })
    await from('1.1.1.1')
    return (await from('2.2.2.2')).statusCode === 200 ? 'forwarded' : 'connected'
  }
  t.equal(await address(false, 'CLIENT'), 'connected')
  t.equal(await address(true, 'CLIENT'), 'forwarded')
  t.equal(await address('127.0.0.1', 'CLIENT'), 'forwarded')
  t.equal(await address('10.0.0.0/8', 'CLIENT'), 'connected')
  t.equal(await address(1, 'CLIENT'), 'forwarded')
  t.equal(await address(1, 'CLIENT, 9.9.9.9'), 'connected', 'what the client itself claims does not count')
})

t.test('every answer tells browsers to run nothing in it, also where it is an error', async t => {
  const app = serverWith(t)
  for (const url of ['/download/AgADfile', '/download/AgADfile/film.mp4?download', '/download/unknown', '/download/%', '/download/a.b', '/nothing', '/healthz', '/readyz']) {
    for (const headers of [{}, { 'if-none-match': '*' }, { range: 'bytes=5000-' }, { range: 'bytes=0-1,5-6' }, { 'if-match': '"other"' }]) {
      const answer = await app.inject({ url, headers })
      t.match(answer.headers, {
        'content-security-policy': /^default-src 'none'; (?!.*(script|allow-scripts|allow-same-origin)).*sandbox/,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex'
      }, `${answer.statusCode} ${url}`)
    }
  }
})

t.test('the first byte is waited for less long than Heroku\'s router does', async t => {
  t.equal(firstByteMs, 25_000)
  const { env } = JSON.parse(await readFile(new URL('../../app.json', import.meta.url), 'utf8')) as { env: Record<string, { value?: string }> }
  t.equal(env['TRUST_PROXY']?.value, '1', 'whose proxy is the one in front')
})

t.test('timeouts fit pauses of viewers and the connections of routers', async t => {
  const { server } = serverWith(t)
  t.ok(server.timeout > 60 * 60 * 1000, 'a pause of an hour')
  t.equal(server.keepAliveTimeout, 95_000)
  t.ok(server.headersTimeout > 0 && server.headersTimeout <= server.requestTimeout && server.requestTimeout <= 60_000)
})
