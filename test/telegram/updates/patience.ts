import t from 'tap'
import { FloodWaitError } from 'telegram/errors/index.js'
import { Api } from 'telegram'
import { BotRefused } from '../../../src/errors.js'
import type { BotId, ChatId } from '../../../src/media.js'
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
  t.equal(await until('it', async () => { throw new Error('no') }, { isAnswer: error => error instanceof Error && error.message === 'no' }), null)
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

t.test('what fails for a minute, or will, is told once for all of a kind; and that it is over', async t => {
  const said: string[] = []
  const say = (level: string) => ({ chatId }: { chatId?: ChatId }, message: string) => { if (level !== 'debug') said.push(`${level} ${message}${chatId ?? ''}`) }
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const failingTimes = (times: number, error: () => Error = () => new Error('no')) => async () => { if (times-- > 0) throw error() }
  const quick = createPatience({ botId, log, timing: { ...defaultTiming, backoffMs: 1, backoffMaxMs: 1 } }, new AbortController().signal)
  await quick.until('it', failingTimes(20))
  t.same(said, [], 'short troubles are nobody\'s business')
  const { until } = createPatience({ botId, log, timing: { ...defaultTiming, backoffMs: 5, backoffMaxMs: 5, troubleMs: 12 } }, new AbortController().signal)
  await Promise.all([until('it', failingTimes(20)), until('it', failingTimes(20))])
  t.same(said, ['warn it; it is tried again', 'info it: that is over'])
  await until('it', failingTimes(1, () => new FloodWaitError({ request: new Api.updates.GetState(), capture: 1 })))
  t.same(said.slice(2), ['warn it; it is tried again', 'info it: that is over'], 'known from the start')
  await until('it', failingTimes(20), { isAnswer: () => false, chatId: '-1001234567890' as ChatId })
  t.equal(said[4], 'warn it; it is tried again-1001234567890', 'with the chat')
})

t.test('who pauses gives up its turn, and goes on when it comes again; who waits because Telegram said so keeps it', async t => {
  const { until } = patienceWith({ backoffMs: 1, backoffMaxMs: 1 })
  const did: string[] = []
  const turn = { leave: () => { did.push('leave') }, take: async () => { did.push('take') } }
  const errors = [new Error('no'), new FloodWaitError({ request: new Api.updates.GetState(), capture: 0.01 })]
  await until('it', async () => {
    did.push('try')
    const error = errors.shift()
    if (error !== undefined) throw error
  }, { isAnswer: () => false, turn })
  t.same(did, ['try', 'leave', 'take', 'try', 'try'])
})
