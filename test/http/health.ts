import t from 'tap'
import type { BotId } from '../../src/media.js'
import { serverWith } from './fixtures/server.js'

t.test('/healthz says that the process lives, whatever the rest does', async t => {
  const app = serverWith(t, { readiness: async () => { throw new Error('nothing works') } })
  t.match(await app.inject('/healthz'), { statusCode: 200, payload: 'ok', headers: { 'content-type': /^text\/plain/, 'cache-control': 'no-store' } })
  t.equal((await app.inject({ method: 'HEAD', url: '/healthz' })).statusCode, 200)
})

const bots = [
  { botId: '111' as BotId, username: 'one_bot', state: 'online' as const },
  { botId: '222' as BotId, username: null, state: 'resting' as const, reason: 'Telegram asked for a pause', until: new Date('2026-02-03T04:05:06Z') },
  { botId: '333' as BotId, username: 'three_bot', state: 'connecting' as const, reason: 'connect ECONNREFUSED 10.1.2.3:443' },
  { botId: '444' as BotId, username: null, state: 'gone' as const, reason: 'INSERT INTO teleferry_bots failed for 444:SECRET' }
]

t.test('/readyz tells how bots and database fare, without telling ids and without the words of errors', async t => {
  const ready = await serverWith(t, { readiness: async () => ({ ready: true, bots, database: 'ok', cipher: 'native' }) }).inject('/readyz')
  t.match(ready, { statusCode: 200, headers: { 'content-type': /^application\/json/, 'cache-control': 'no-store' } })
  t.match(ready.json(), {
    status: 'ready',
    bots: [
      { username: 'one_bot', state: 'online' },
      { username: null, state: 'resting', reason: 'Telegram asks it to wait', until: '2026-02-03T04:05:06.000Z' },
      { username: 'three_bot', state: 'connecting', reason: /^it is not connected to Telegram just now/ },
      { username: null, state: 'gone', reason: /^Telegram has turned it away for good/ }
    ],
    database: 'ok',
    cipher: 'native'
  })
  t.notMatch(ready.payload, /111|222|333|444|10\.1|INSERT|SECRET/)
})

t.test('however many ask for /readyz at once, one look is taken', async t => {
  let looks = 0
  let told = () => {}
  const until = new Promise<void>(resolve => { told = resolve })
  const app = serverWith(t, { readiness: async () => { looks++; await until; return { ready: true, bots: [], database: 'ok', cipher: 'wasm' } } })
  const asked = Array.from({ length: 50 }, async () => (await app.inject('/readyz')).statusCode)
  await app.inject('/healthz')
  told()
  t.same(new Set(await Promise.all(asked)), new Set([200]))
  t.equal(looks, 1)
})

t.test('/readyz is 503 when nothing can be served', async t => {
  const app = serverWith(t, { readiness: async () => ({ ready: false, bots: [], database: 'unreachable', cipher: 'wasm' }) })
  const answer = await app.inject('/readyz')
  t.equal(answer.statusCode, 503)
  t.same(answer.json(), { status: 'not ready', bots: [], database: 'unreachable', cipher: 'wasm' })
  t.equal((await app.inject({ method: 'HEAD', url: '/readyz' })).statusCode, 503)
})
