import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get as request, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import t from 'tap'
import { findFreePort } from '../../src/free-port.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { asksFor, checkWhole } from './fixtures/failing.js'
import { get } from './fixtures/http.js'
import { type Scrape, scrape } from './fixtures/scrape.js'
import { post, setStage, startOn, startStory } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const token = 'a-token-for-the-tests'
const size = 3_000_001
const video = (title: string, content = syntheticContent(title, size)) => ({ kind: 'video', name: `${title}.mp4`, content, dcId: 4 }) as const

/** A query's metrics: what Prometheus itself measures is not ours. */
const namesIn = (expression: string) => expression.match(/\b(teleferry|nodejs|process)_\w+/g) ?? []

t.test('a download is counted: bytes in and out, chunks, first bytes, and the posts before it', async t => {
  const story = await startStory(t, { bots: 2, env: { ADMIN_TOKEN: token } })
  const posted = await post(story, story.app, video('counted'))
  await checkWhole(t, posted)
  const { value } = await scrape(story.app.address, token)
  t.equal(value('teleferry_sent_bytes_total'), size)
  t.ok(value('teleferry_received_bytes_total', { dc: '4' }) >= size)
  t.equal(value('teleferry_received_bytes_total'), value('teleferry_received_bytes_total', { dc: '4' }))
  t.equal(value('teleferry_first_byte_seconds_count', { dc: '4' }), 1)
  t.ok(value('teleferry_chunk_seconds_count', { dc: '4' }) > 1)
  t.ok(value('teleferry_lane_window_bytes', { dc: '4' }) > 0)
  for (const { id, username } of story.bots) {
    t.ok(value('teleferry_update_lag_seconds_count', { bot: id }) >= 1)
    t.equal(value('teleferry_bot_state', { bot: id, state: 'online' }), 1)
    t.equal(value('teleferry_bot_state', { bot: id }), 1, 'and in no other state')
    t.equal(value('teleferry_bot_info', { bot: id, username }), 1)
  }
  t.equal(value('teleferry_fallbacks_total') + value('teleferry_hedges_total'), 0)
  t.equal(value('teleferry_sightings_queue'), 0)
  t.equal(value('teleferry_database_waiting'), 0)
  t.ok(value('teleferry_database_connections') >= 1)
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) t.ok(value(name) >= 0, name)
})

t.test('a running stream is seen, with the memory that it holds, until its viewer leaves', async t => {
  const story = await startStory(t, { env: { ADMIN_TOKEN: token } })
  const posted = await post(story, story.app, video('watched', syntheticContent('watched', 60_000_000)))
  const [response] = await once(request(posted.url, { agent: false }), 'response') as [IncomingMessage]
  const running = await scrape(story.app.address, token)
  t.equal(running.value('teleferry_streams'), 1)
  // Between two chunks it holds nothing, as long as the kernel takes what it is given.
  await until('a chunk that waits for the viewer', async () => (await scrape(story.app.address, token)).value('teleferry_stream_memory_bytes') > 0)
  response.destroy()
  await until('the end of the stream', async () => {
    const { value } = await scrape(story.app.address, token)
    return value('teleferry_streams') === 0 && value('teleferry_stream_memory_bytes') === 0
  })
})

t.test('a flood wait is counted at the bot that has it, and the fallback at the one that steps in', async t => {
  const story = await startStory(t, { bots: 2, env: { ADMIN_TOKEN: token } })
  const posted = await post(story, story.app, video('flooded'))
  let victim: string | null = null
  const fault = story.sandbox.faults.add({
    match: facts => asksFor(facts, posted, 0) && facts.event === 'call' && (victim ??= facts.accountId) === facts.accountId,
    action: { kind: 'error', code: 420, message: 'FLOOD_WAIT_7' }
  })
  await checkWhole(t, posted)
  const bot = String(victim)
  const other = story.bots.find(({ id }) => id !== bot)?.id ?? ''
  const { value } = await scrape(story.app.address, token)
  t.ok(fault.hits > 0)
  t.equal(value('teleferry_flood_waits_total', { bot, dc: '4' }), fault.hits)
  t.equal(value('teleferry_flood_wait_seconds_total', { bot, dc: '4' }), 7 * fault.hits)
  t.equal(value('teleferry_flood_waits_total'), fault.hits, 'of nobody else')
  t.equal(value('teleferry_chunk_failures_total', { bot, code: 'SOURCE_RESTING' }), value('teleferry_chunk_failures_total'))
  t.ok(value('teleferry_fallbacks_total', { bot: other }) >= 1)
  t.equal(value('teleferry_fallbacks_total', { bot }), 0)
  t.equal(value('teleferry_lane_state', { bot, dc: '4', state: 'resting' }), 1)
  t.equal(value('teleferry_bot_state', { bot, state: 'resting' }), 1)
})

t.test('an overdue answer is hedged, and the hedge counted', async t => {
  const story = await startStory(t, { bots: 2, env: { ADMIN_TOKEN: token } })
  const posted = await post(story, story.app, video('overdue'))
  let victim: string | null = null
  story.sandbox.faults.add({
    match: facts => asksFor(facts, posted, 0) && facts.event === 'answer' && (victim ??= facts.accountId) === facts.accountId,
    action: { kind: 'delay', ms: 5000 }
  })
  const { status } = await get(posted.url, { headers: { range: 'bytes=0-65535' } })
  t.equal(status, 206)
  const { value } = await scrape(story.app.address, token)
  t.equal(value('teleferry_hedges_total', { bot: story.bots.find(({ id }) => id !== victim)?.id ?? '' }), 1)
  t.equal(value('teleferry_fallbacks_total'), 0, 'it is no failure')
})

t.test('a renewed file reference is counted, once for all who wait, and one that cannot be renewed too', async t => {
  const story = await startStory(t, { env: { ADMIN_TOKEN: token } })
  const posted = await post(story, story.app, video('stale'))
  const [bot] = story.bots
  story.sandbox.expireReferences()
  await Promise.all([checkWhole(t, posted), checkWhole(t, posted)])
  const labels = { bot: bot?.id ?? '', outcome: 'renewed' }
  t.equal((await scrape(story.app.address, token)).value('teleferry_reference_refreshes_total', labels), 1)
  await story.database.query('DELETE FROM teleferry_sightings')
  story.sandbox.expireReferences()
  t.equal((await get(posted.url)).status, 410)
  const { value } = await scrape(story.app.address, token)
  t.equal(value('teleferry_reference_refreshes_total', labels), 1)
  t.ok(value('teleferry_reference_refreshes_total', { ...labels, outcome: 'failed' }) >= 1)
})

t.test('with ADMIN_TOKEN the metrics want it, say no secret, and guesses are limited', async t => {
  const { app, bots } = await startStory(t, { env: { ADMIN_TOKEN: token } })
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: token }]) {
    const answer = await get(`${app.address}/metrics`, { headers })
    t.match({ status: answer.status, ...JSON.parse(answer.body.toString()) }, { status: 401, code: 'UNAUTHORIZED' })
  }
  const answer = await get(`${app.address}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  t.match(answer.headers, { 'content-type': /^text\/plain; version=0\.0\.4/, 'cache-control': 'no-store' })
  for (const secret of [token, ...bots.map(({ token }) => token.split(':')[1] ?? '')]) t.notOk(answer.body.includes(secret))
  const guesses = await Promise.all(Array.from({ length: 130 }, async () => (await get(`${app.address}/metrics`)).status))
  t.ok(guesses.includes(429))
})

t.test('without ADMIN_TOKEN they are on METRICS_PORT, and nothing else is', async t => {
  const port = await findFreePort()
  const { app } = await startStory(t, { env: { METRICS_PORT: String(port) } })
  const address = `http://127.0.0.1:${port}`
  t.equal((await scrape(address)).value('teleferry_streams'), 0)
  for (const path of ['/', '/healthz', '/download/AgAD', '/api/files']) t.equal((await get(address + path)).status, 404, path)
  t.equal((await fetch(`${address}/metrics`, { method: 'POST' })).status, 405)
  t.equal((await get(`${app.address}/metrics`)).status, 404)
  await app.close()
  await t.rejects(get(`${address}/metrics`), { code: 'ECONNREFUSED' })
})

t.test('without either there are none', async t => {
  const { app } = await startStory(t)
  t.equal((await get(`${app.address}/metrics`, { headers: { authorization: `Bearer ${token}` } })).status, 404)
})

t.test('a METRICS_PORT that is taken stops the start, and is named', async t => {
  const stage = await setStage(t)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  await t.rejects(startOn(t, stage, { env: { METRICS_PORT: String(port) } }), { code: 'CANNOT_LISTEN', message: /^METRICS_PORT: .* is in use/ })
})

t.test('the dashboard asks for what there is, and shows all that is ours', async t => {
  const { app } = await startStory(t, { env: { ADMIN_TOKEN: token } })
  const { names } = await scrape(app.address, token)
  const dashboard = JSON.parse(await readFile(new URL('../../docs/grafana-dashboard.json', import.meta.url), 'utf8'))
  const asked = new Set(expressionsIn(dashboard).flatMap(namesIn))
  t.ok(asked.size > 20)
  t.same([...asked].filter(name => !names.has(name)), [], 'nothing that is not there')
  t.same(ours(names).filter(name => !asked.has(name)), [], 'nothing left out')
})

/** All that Prometheus is asked, wherever it stands. */
function expressionsIn (part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(expressionsIn)
  if (typeof part !== 'object' || part === null) return []
  return Object.entries(part).flatMap(([name, value]) => (name === 'expr' || name === 'query' || name === 'definition') && typeof value === 'string' ? [value] : expressionsIn(value))
}

/** Of a histogram the buckets tell enough. */
function ours (names: Scrape['names']): string[] {
  return [...names].filter(name => name.startsWith('teleferry_') && !(/_(sum|count)$/.test(name) && names.has(name.replace(/_(sum|count)$/, '_bucket'))))
}
