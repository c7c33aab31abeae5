import t, { type Test } from 'tap'
import { Api } from 'telegram'
import type { FaultAction, Facts } from '../../src/sandbox/network/types.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { startTestApp } from '../fixtures/app.js'
import { difference, get, type Got, getRange } from './fixtures/http.js'
import { callsOf, copiesIn, fileIdsOf, linkTo, post, setStage, startOn, startStory } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const size = 5_000_000
const middle = 2 * 1024 * 1024
const film = syntheticContent('unavailable', size)

/** A part at or behind `from` is asked for. */
const asksFrom = (from: number) => ({ event, request }: Facts) => event === 'call' && request instanceof Api.upload.GetFile && Number(request.offset) >= from

function checkProblem (t: Test, { status, headers, body }: Got, wanted: { status: number, code: string, retryAfter?: [number, number] }): void {
  t.equal(status, wanted.status)
  t.match(headers['content-type'], /^application\/problem\+json/)
  t.match(JSON.parse(body.toString()), { status: wanted.status, code: wanted.code })
  const [least, most] = wanted.retryAfter ?? [NaN, NaN]
  const seconds = Number(headers['retry-after'])
  t.ok(wanted.retryAfter === undefined ? headers['retry-after'] === undefined : seconds >= least && seconds <= most, `Retry-After ${headers['retry-after']}`)
}

t.test('when Telegram asks all bots to wait, the viewer is told how long, and nobody is asked meanwhile', async t => {
  const story = await startStory(t, { bots: 2 })
  const { url } = await post(story, story.app, { kind: 'video', content: film })
  for (const [bot, seconds] of [[0, 1200], [1, 300]] as const) {
    story.sandbox.faults.add({ match: { event: 'call', method: 'upload.GetFile', accountId: story.bots[bot]?.id ?? '' }, action: { kind: 'error', code: 420, message: `FLOOD_WAIT_${seconds}` }, times: 1 })
  }
  checkProblem(t, await get(url), { status: 503, code: 'FILE_UNAVAILABLE', retryAfter: [290, 300] })
  const ready = await get(`${story.app.address}/readyz`)
  t.equal(ready.status, 200, 'there may be files at other data centres')
  t.match(JSON.parse(ready.body.toString()).bots, [{ state: 'resting' }, { state: 'resting' }])
  const calls = callsOf(story, 'upload.GetFile')
  checkProblem(t, await get(url), { status: 503, code: 'FILE_UNAVAILABLE', retryAfter: [280, 300] })
  t.equal(callsOf(story, 'upload.GetFile'), calls, 'nobody is asked while he rests')
})

t.test('a short wait of the only bot is waited out', async t => {
  const story = await startStory(t)
  const { url } = await post(story, story.app, { kind: 'video', content: film })
  for (const from of [0, middle]) {
    const wait = story.sandbox.faults.add({ match: asksFrom(from), action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_1' }, times: 1 })
    t.equal(difference((await get(url)).body, film.read(0, size)), null)
    t.equal(wait.hits, 1)
  }
})

t.test('when all bots have lost their connections the viewer is told to come again, and served once they are back', async t => {
  const story = await startStory(t, { bots: 2 })
  const { url } = await post(story, story.app, { kind: 'video', content: film })
  const cut = story.sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'drop' } })
  story.sandbox.disconnect({})
  checkProblem(t, await get(url), { status: 503, code: 'FILE_UNAVAILABLE', retryAfter: [1, 60] })
  cut.remove()
  t.equal(difference((await get(url)).body, film.read(0, size)), null)
})

t.test('while no bot is connected yet the viewer is told to come again', async t => {
  const stage = await setStage(t, { bots: 2 })
  const first = await startOn(t, stage)
  const { id } = await post(stage, first, { kind: 'video', content: film })
  await first.close()
  stage.sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'drop' } })
  const second = await startTestApp(t, { sandbox: stage.sandbox, bots: stage.bots, databaseUrl: stage.database.url })
  checkProblem(t, await get(linkTo(second, id)), { status: 503, code: 'FILE_UNAVAILABLE', retryAfter: [1, 60] })
  t.equal((await get(`${second.address}/readyz`)).status, 503)
  t.equal((await get(`${second.address}/healthz`)).status, 200)
})

t.test('a file that no bot can read any more is gone: deleted messages, and references that nothing renews', async t => {
  const story = await startStory(t, { bots: 2 })
  const { url, message } = await post(story, story.app, { kind: 'video', content: film })
  message.delete()
  t.equal((await get(url)).status, 200, 'file_ids outlive the message')
  story.sandbox.expireReferences()
  checkProblem(t, await get(url), { status: 410, code: 'FILE_GONE' })
})

t.test('a file that only a bot without a login can read is not gone', async t => {
  const stage = await setStage(t, { bots: 2 })
  const [reader, absent] = stage.bots
  const first = await startOn(t, stage)
  const { id } = await post(stage, first, { kind: 'video', content: film })
  await first.close()
  const away = stage.sandbox.faults.add({ match: { event: 'call', method: 'updates.GetState', accountId: absent?.id ?? '' }, action: { kind: 'error', code: 500, message: 'INTERNAL' } })
  stage.sandbox.faults.add({ match: { event: 'call', method: 'upload.GetFile', accountId: reader?.id ?? '' }, action: { kind: 'error', code: 400, message: 'LOCATION_INVALID' } })
  const second = await startTestApp(t, { sandbox: stage.sandbox, bots: stage.bots, databaseUrl: stage.database.url })
  await until('the first bot', () => second.reports().some(({ state }) => state === 'online'))
  checkProblem(t, await get(linkTo(second, id)), { status: 503, code: 'FILE_UNAVAILABLE', retryAfter: [1, 60] })
  away.remove()
  await until('the other bot', () => second.reports().every(({ state }) => state === 'online'))
  t.equal(difference((await get(linkTo(second, id))).body, film.read(0, size)), null)
})

t.test('a message that was edited to carry another file does not pass for the old one', async t => {
  const story = await startStory(t)
  const { url, message } = await post(story, story.app, { kind: 'video', content: film })
  message.edit({ media: story.sandbox.file({ kind: 'video', content: syntheticContent('another', size) }) })
  story.sandbox.expireReferences()
  checkProblem(t, await get(url), { status: 410, code: 'FILE_GONE' })
})

t.test('expired references are renewed once for all who read, also in the middle, and kept for the next start', async t => {
  const stage = await setStage(t)
  const app = await startOn(t, stage)
  const { id, url } = await post(stage, app, { kind: 'video', content: film, dcId: 4 })
  const [stale] = fileIdsOf(await copiesIn(stage.database, id, 1))
  const renewals = () => callsOf(stage, 'channels.GetMessages') + callsOf(stage, 'messages.GetMessages')
  stage.sandbox.expireReferences()
  const viewers = await Promise.all(Array.from({ length: 8 }, async (_, index) => ({ start: index * 600_000, got: await getRange(url, index * 600_000, index * 600_000 + 500_000) })))
  for (const { start, got } of viewers) t.equal(difference(got.body, film.read(start, 500_000)), null)
  t.equal(renewals(), 1)
  const [fresh] = fileIdsOf(await copiesIn(stage.database, id, 1))
  t.not(fresh, stale)

  const expire = stage.sandbox.faults.add({
    match: facts => {
      const strikes = asksFrom(middle)(facts)
      if (strikes) stage.sandbox.expireReferences()
      return strikes
    },
    action: { kind: 'delay', ms: 1 },
    times: 1
  })
  t.equal(difference((await get(url)).body, film.read(0, size)), null)
  t.equal(expire.hits, 1)
  t.equal(renewals(), 2)
  await app.close()

  const next = await startOn(t, stage)
  t.equal(difference((await get(linkTo(next, id))).body, film.read(0, size)), null)
  t.equal(renewals(), 2, 'what was renewed was stored')
})

const endings: ReadonlyArray<readonly [name: string, action: FaultAction]> = [
  ['errors', { kind: 'error', code: 500, message: 'INTERDC_4_CALL_ERROR' }],
  ['long waits', { kind: 'error', code: 420, message: 'FLOOD_WAIT_900' }],
  ['no access', { kind: 'error', code: 400, message: 'LOCATION_INVALID' }],
  ['truncated answers', { kind: 'truncate', bytes: 5000 }],
  ['dropped connections', { kind: 'drop' }]
]

for (const [name, action] of endings) {
  t.test(`when all bots fail in the middle with ${name}, the connection is cut before its end, and what came is right`, async t => {
    const story = await startStory(t, { bots: 2 })
    const { url } = await post(story, story.app, { kind: 'video', content: film, dcId: 4 })
    const event = action.kind === 'truncate' ? 'answer' : 'call'
    const fault = story.sandbox.faults.add({ match: facts => facts.event === event && asksFrom(middle)({ ...facts, event: 'call' }), action })
    const { status, headers, body, complete } = await get(url)
    t.equal(status, 200)
    t.equal(headers['content-length'], String(size))
    t.equal(complete, false)
    t.ok(body.length < size && body.length > 0, `${body.length} bytes came`)
    t.equal(difference(body, film.read(0, body.length)), null)
    fault.remove()
    if (name === 'long waits') return
    t.equal(difference((await getRange(url, body.length, size)).body, film.read(body.length, size - body.length)), null, 'the viewer goes on from where it was cut')
  })
}
