import { pino } from 'pino'
import t, { type Test } from 'tap'
import { connectRedis } from '../src/redis.js'
import { noRedis, startTestRedis } from './fixtures/redis.js'
import { until } from './e2e/fixtures/until.js'
import { serverWith } from './http/fixtures/server.js'

const path = '/download/AgADfile'

/** A server that counts in Redis, and what it says about that. */
async function serverOn (t: Test, url: string, limits: { rateLimitPerMinute?: number, guessLimitPerMinute?: number }) {
  const said: string[] = []
  const redis = await connectRedis({ url, verifyTls: true }, pino({ level: 'debug' }, { write: line => { said.push(line) } }))
  t.teardown(() => { redis.disconnect() })
  return { app: serverWith(t, { redis, ...limits }), said, redis }
}

t.test('several processes count requests and guesses together', { skip: noRedis }, async t => {
  const { url } = await startTestRedis(t)
  const [one, other] = [await serverOn(t, url, { rateLimitPerMinute: 3, guessLimitPerMinute: 2 }), await serverOn(t, url, { rateLimitPerMinute: 3, guessLimitPerMinute: 2 })]
  for (const { redis } of [one, other]) await until('Redis is connected', () => redis.status === 'ready')
  const from = (remoteAddress: string, address = path) => ({ url: address, remoteAddress })
  for (const { app } of [one, other, one]) t.equal((await app.inject(from('10.0.0.1'))).statusCode, 200)
  const { statusCode, headers } = await other.app.inject(from('10.0.0.1'))
  t.equal(statusCode, 429)
  t.match(headers, { 'retry-after': /^\d+$/, 'ratelimit-limit': '3', 'ratelimit-remaining': '0', 'ratelimit-reset': /^\d+$/ })
  for (const { app } of [one, other]) t.equal((await app.inject(from('10.0.0.2', '/download/guess'))).statusCode, 404)
  t.match((await one.app.inject(from('10.0.0.2'))).json(), { status: 429, code: 'TOO_MANY_MISSES' })
})

t.test('without Redis the service serves, says so once, and counts again when it is back', { skip: noRedis }, async t => {
  const server = await startTestRedis(t)
  const { app, said, redis } = await serverOn(t, server.url, { rateLimitPerMinute: 1, guessLimitPerMinute: 1 })
  const statuses = async (count: number) => { const all = []; for (let each = 0; each < count; each++) all.push((await app.inject(path)).statusCode); return all }
  await until('Redis is connected', () => redis.status === 'ready')
  t.same(await statuses(2), [200, 429])

  await server.stop()
  await until('the loss is noticed', () => said.length > 0)
  t.same(await statuses(5), [200, 200, 200, 200, 200])
  await until('it has tried again several times', () => redis.status === 'reconnecting' || redis.status === 'connecting')
  t.equal(said.length, 1)
  t.match(said[0], /Redis is away: requests are not limited/)

  await server.start()
  await until('the return is noticed', () => said.length > 1)
  t.match(said[1], /Redis is back/)
  t.same(await statuses(2), [200, 429])
  t.notMatch(said.join(), 'S3CRET')
})

t.test('a Redis that is not there at the start, and one that has fallen silent, hold nobody up for long', { skip: noRedis }, async t => {
  const server = await startTestRedis(t)
  const { app, said, redis } = await serverOn(t, server.url, { rateLimitPerMinute: 1 })
  t.equal((await app.inject(path)).statusCode, 200, 'also before it is connected')
  await until('Redis is connected', () => redis.status === 'ready')
  server.freeze()
  t.equal((await app.inject({ url: path, remoteAddress: '10.0.0.3' })).statusCode, 200)
  await until('the silence is noticed', () => said.some(line => line.includes('Redis is away')))
  t.equal((await app.inject({ url: path, remoteAddress: '10.0.0.3' })).statusCode, 200)
  t.not(redis.status, 'ready', 'nobody waits for it any more')
  server.wake()
  await until('it is back', () => said.some(line => line.includes('Redis is back')))
})
