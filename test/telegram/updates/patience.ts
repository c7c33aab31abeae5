import t from 'tap'
import { FloodWaitError } from 'telegram/errors/index.js'
import { Api } from 'telegram'
import { BotRefused } from '../../../src/errors.js'
import type { BotId } from '../../../src/media.js'
import { createPatience } from '../../../src/telegram/updates/patience.js'
import { defaultTiming } from '../../../src/telegram/timing.js'
import { quietLog } from '../fixtures/fleet.js'

const botId = '1' as BotId

function patienceWith (timing: Partial<typeof defaultTiming>, signal = new AbortController().signal) {
  return createPatience({ botId, log: quietLog, timing: { ...defaultTiming, ...timing } }, signal)
}

t.test('what fails is done again until it succeeds, or until its error is the answer', async t => {
  const { until } = patienceWith({ backoffMs: 1, backoffMaxMs: 2 })
  let failures = 3
  t.equal(await until('it', async () => { if (failures-- > 0) throw new Error('not yet'); return 'done' }), 'done')
  t.equal(await until('it', async () => { throw new Error('no') }, error => error instanceof Error && error.message === 'no'), null)
})

t.test('a bot that was turned away does not go on', async t => {
  await t.rejects(patienceWith({}).until('it', async () => { throw new BotRefused(botId, 'revoked') }), BotRefused.prototype)
})

t.test('the signal ends it', async t => {
  const stop = new AbortController()
  const work = patienceWith({ backoffMs: 60_000 }, stop.signal).until('it', async () => { setImmediate(() => stop.abort(new Error('enough'))); throw new Error('no') })
  await t.rejects(work, { message: 'enough' })
})

t.test('a pause of our own ends when things have changed for the better; one that Telegram asked for does not', async t => {
  const { until, wake } = patienceWith({ backoffMs: 60_000 })
  let tries = 0
  await until('it', async () => { if (++tries === 1) { setImmediate(wake); throw new Error('no connection') } })
  t.equal(tries, 2)
  const asked: string[] = []
  await until('it', async () => {
    if (asked.push('asked') > 1) return
    setImmediate(() => { wake(); asked.push('woken') })
    throw new FloodWaitError({ request: new Api.updates.GetState(), capture: 1 })
  })
  t.same(asked, ['asked', 'woken', 'asked'])
})
