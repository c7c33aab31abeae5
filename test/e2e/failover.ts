import t from 'tap'
import type { FaultAction, Facts } from '../../src/sandbox/network/types.js'
import type { SandboxBot } from '../../src/sandbox/script/bot.js'
import { syntheticContent } from '../../src/sandbox/world/content.js'
import { asksFor, checkFailure, checkWhole, middle } from './fixtures/failing.js'
import { get } from './fixtures/http.js'
import { post, startStory } from './fixtures/story.js'
import { until } from './fixtures/until.js'

const failures: ReadonlyArray<readonly [name: string, action: FaultAction]> = [
  ['an error', { kind: 'error', code: 500, message: 'WORKER_BUSY_TOO_LONG_RETRY' }],
  ['an error that is final', { kind: 'error', code: 400, message: 'LOCATION_INVALID' }],
  ['a closed connection', { kind: 'drop' }],
  ['a connection closed in the middle of an answer', { kind: 'cut' }],
  ['a truncated answer', { kind: 'truncate', bytes: 1000 }],
  ['an empty answer', { kind: 'truncate', bytes: 0 }],
  ['an answer with a broken checksum', { kind: 'corrupt', part: 'crc' }],
  ['a key that the server does not know', { kind: 'transport-error', code: -404 }],
  ['too many connections', { kind: 'transport-error', code: -429, raw: true }],
  ['a flood wait', { kind: 'error', code: 420, message: 'FLOOD_WAIT_3' }],
  ['a premium flood wait', { kind: 'error', code: 420, message: 'FLOOD_PREMIUM_WAIT_3' }]
]

t.test('whatever way a bot fails, before the first byte or in the middle, the viewer gets the whole file from the others', async t => {
  const story = await startStory(t, { bots: 3 })
  for (const [name, action] of failures) await checkFailure(t, story, name, action)
})

t.test('all bots fail now and then, each in its way, and the viewer notices nothing', async t => {
  const story = await startStory(t, { bots: 3 })
  const posted = await post(story, story.app, { kind: 'video', content: syntheticContent('now and then', 6_000_001) })
  let asked = 0
  const everySeventh = (remainder: number) => (facts: Facts) => asksFor(facts, posted, 0) && facts.event === 'answer' && asked++ % 7 === remainder
  const faults = [
    story.sandbox.faults.add({ match: everySeventh(1), action: { kind: 'truncate', bytes: 4096 } }),
    story.sandbox.faults.add({ match: everySeventh(4), action: { kind: 'error', code: -503, message: 'Timeout' } })
  ]
  await checkWhole(t, posted)
  t.ok(faults.every(({ hits }) => hits > 0))
})

t.test('a bot that dies in the middle of a film leaves the rotation, and the film goes on', async t => {
  const story = await startStory(t, { bots: 2 })
  const posted = await post(story, story.app, { kind: 'video', content: syntheticContent('death', 12_000_000), dcId: 4 })
  let dead: SandboxBot | undefined
  story.sandbox.faults.add({
    match: facts => {
      if (dead !== undefined || !asksFor(facts, posted, middle)) return false
      dead = story.bots.find(({ id }) => id === facts.accountId)
      dead?.revokeToken()
      return true
    },
    action: { kind: 'delay', ms: 0 }
  })
  await checkWhole(t, posted)
  const report = await until('the dead bot to be noticed', () => story.app.reports().find(({ state }) => state === 'gone'))
  t.match(report, { botId: dead?.id, reason: /revoked/ })
  t.match(JSON.parse((await get(`${story.app.address}/readyz`)).body.toString()).bots.map(({ state }: { state: string }) => state).sort(), ['gone', 'online'])
})
