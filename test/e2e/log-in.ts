import t from 'tap'
import { Api } from 'telegram'
import type { Facts } from '../../src/sandbox/network/types.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startTestApp } from '../fixtures/app.js'
import { difference, get } from './fixtures/http.js'
import { callsOf, linkTo, post, setStage, startOn } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const logIns = 'auth.ImportBotAuthorization'

/** The moment at which a bot shows its token. */
const showsToken = (token: string) => (facts: Facts) =>
  facts.event === 'call' && facts.request instanceof Api.auth.ImportBotAuthorization && facts.request.botAuthToken === token

t.test('the first start logs each bot in once; the next ones come back from the stored sessions, also to other data centres', async t => {
  const stage = await setStage(t, { bots: 3 })
  const first = await startOn(t, stage)
  t.same(first.reports().map(({ state }) => state), ['online', 'online', 'online'])
  t.equal(callsOf(stage, logIns), 3)
  const { id, file } = await post(stage, first, { kind: 'video', content: syntheticContent('film', 300_000), dcId: 4 })
  // Until every bot has been to the other data centre.
  for (const bot of stage.bots) {
    await until('a download by each bot', async () => {
      await get(linkTo(first, id))
      return stage.sandbox.network.keysOf(bot.id).length === 2
    })
  }
  await first.close()
  const before = stage.sandbox.stats()

  const second = await startOn(t, stage)
  const got = await get(linkTo(second, id))

  t.equal(difference(got.body, file.content.read(0, 300_000)), null)
  t.same(second.reports().map(({ state }) => state), ['online', 'online', 'online'])
  t.equal(callsOf(stage, logIns), 3, 'no token was shown again')
  t.equal(stage.sandbox.stats().handshakes, before.handshakes, 'no key was made')
  t.equal(callsOf(stage, 'auth.ExportAuthorization'), before.methods['auth.ExportAuthorization']?.calls, 'no login was carried over again')
})

t.test('a wrong token, a bot that must wait and one that gets no answer hold up no other', async t => {
  const stage = await setStage(t, { bots: 4 })
  const [good, mistyped, flooded, ignored] = stage.bots
  if (good === undefined || mistyped === undefined || flooded === undefined || ignored === undefined) return t.fail('four bots')
  const wrong = { token: `${mistyped.id}:${'A'.repeat(35)}` }
  stage.sandbox.faults.add({ match: showsToken(flooded.token), action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_1800' } })
  stage.sandbox.faults.add({ match: showsToken(ignored.token), action: { kind: 'silence' } })
  const app = await startTestApp(t, { sandbox: stage.sandbox, databaseUrl: stage.database.url, bots: [wrong, flooded, ignored, good] })
  await until('the good bot to be online', () => app.reports()[3]?.state === 'online')

  const { url, file } = await post(stage, app, { kind: 'document', content: syntheticContent('paper', 5000) }, 1)
  const got = await get(url)

  t.equal(difference(got.body, file.content.read(0, 5000)), null)
  const reports = await until('the others to be judged', () => app.reports().filter(({ state }) => state !== 'connecting').length === 3 && app.reports())
  t.same(reports.map(({ state }) => state), ['gone', 'resting', 'connecting', 'online'])
  t.match(reports[0]?.reason, /ACCESS_TOKEN_INVALID: the token is wrong or was revoked/)
  t.ok((reports[1]?.until?.getTime() ?? 0) > Date.now() + 1_000_000, 'the wait is the one that Telegram asked for')
  const ready = await get(`${app.address}/readyz`)
  t.equal(ready.status, 200)
  t.match(ready.body.toString(), /"resting"/)
})

t.test('a bot whose login was taken away logs in again; one whose token was revoked meanwhile leaves', async t => {
  const stage = await setStage(t, { bots: 2 })
  const [first, second] = stage.bots
  if (first === undefined || second === undefined) return t.fail('two bots')
  const app = await startOn(t, stage)
  for (const key of stage.sandbox.network.keysOf(first.id)) stage.sandbox.network.logOut(key)
  second.revokeToken()
  stage.sandbox.disconnect({})

  await until('the revoked bot to leave', () => app.reports()[1]?.state === 'gone')
  await until('the other one to return', () => app.reports()[0]?.state === 'online')
  t.equal(callsOf(stage, logIns), 4, 'two at the start, one again, one refused')
})

t.test('with no bot left the service says so, with the reason of each', async t => {
  const stage = await setStage(t, { bots: 2 })
  const [first, second] = stage.bots
  if (first === undefined || second === undefined) return t.fail('two bots')
  second.deactivate()
  const app = await startTestApp(t, { sandbox: stage.sandbox, databaseUrl: stage.database.url, bots: [{ token: `${first.id}:${'A'.repeat(35)}` }, second] })
  const reports = await app.noBotLeft
  t.same(reports.map(({ state }) => state), ['gone', 'gone'])
  t.match(reports[0]?.reason, /token is wrong or was revoked/)
  t.match(reports[1]?.reason, /deactivated/)
  t.equal((await get(`${app.address}/readyz`)).status, 503)
})
