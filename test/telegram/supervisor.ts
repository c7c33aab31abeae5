import t from 'tap'
import type { BotId } from '../../src/media.js'
import type { Sandbox } from '../../src/sandbox/sandbox.js'
import type { SandboxBot } from '../../src/sandbox/script/bot.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { until } from '../e2e/fixtures/until.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { memorySessions, startTestFleet, type TestFleet } from './fixtures/fleet.js'

/** What a failing bot may take until it is back or gone, from when that is possible, in s. */
const limit = 30

interface Case {
  readonly name: string
  /** Makes it fail; resolves when nothing stands in the way of a recovery any more. */
  strike (world: { readonly sandbox: Sandbox, readonly bot: SandboxBot, readonly fleet: TestFleet, readonly t: Teardown }): Promise<void> | void
  /** Absent: it comes back. */
  readonly gone?: RegExp
  /** How often the token is shown in all. */
  readonly logIns: number
}

interface Teardown { teardown (close: () => unknown): void }

const cases: readonly Case[] = [
  { name: 'a dead TCP connection', logIns: 1, strike: ({ sandbox, bot }) => { sandbox.disconnect({ accountId: bot.id }) } },
  {
    name: 'a half-open TCP connection',
    logIns: 1,
    strike: ({ sandbox }) => {
      const last = sandbox.stats().connections.total
      sandbox.freeze(({ connectionId }) => connectionId <= last)
    }
  },
  {
    name: 'a Telegram that nobody reaches for a while',
    logIns: 1,
    strike: async ({ sandbox, fleet, bot }) => {
      const refused = sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'drop' } })
      sandbox.disconnect({})
      await fleet.until('some attempts', () => refused.hits >= 5)
      if (fleet.report(bot.id).state !== 'connecting') throw new Error('it should be connecting')
      if (refused.hits > 8) throw new Error('a busy loop')
      refused.remove()
    }
  },
  { name: 'a key that Telegram forgot', logIns: 2, strike: ({ sandbox, bot }) => { for (const { id } of sandbox.network.keysOf(bot.id)) sandbox.network.forgetKey(id) } },
  { name: 'a login that was ended', logIns: 2, strike: ({ sandbox, bot }) => { for (const key of sandbox.network.keysOf(bot.id)) sandbox.network.logOut(key); sandbox.disconnect({}) } },
  {
    name: 'AUTH_KEY_DUPLICATED, since somebody else uses the session',
    logIns: 3,
    strike: async ({ sandbox, bot, fleet, t }) => {
      const stolen = memorySessions()
      for (const [id, data] of fleet.sessions.stored) stolen.stored.set(id, data)
      const thief = startTestFleet(t, sandbox, [bot], { sessions: stolen })
      await thief.until('both to be turned away', () => thief.report(bot.id).state === 'online')
      sandbox.disconnect({})
    }
  },
  { name: 'a revoked token', logIns: 2, gone: /revoked: take the current one from @BotFather/, strike: ({ sandbox, bot }) => { bot.revokeToken(); sandbox.disconnect({}) } },
  { name: 'a deactivated bot', logIns: 1, gone: /Telegram deactivated this bot/, strike: ({ sandbox, bot }) => { bot.deactivate(); sandbox.disconnect({}) } },
  { name: 'a bot whose account moved to another data centre', logIns: 3, strike: ({ sandbox, bot }) => { bot.moveTo(4); sandbox.disconnect({}) } }
]

t.jobs = cases.length
for (const { name, strike, gone, logIns } of cases) {
  t.test(`${name} ends in ${gone === undefined ? 'recovery' : 'a reason'} within ${limit} s, with ${logIns} log-ins`, { buffered: true }, async t => {
    const sandbox = await startTestSandbox(t)
    const bot = sandbox.createBot()
    const fleet = startTestFleet(t, sandbox, [bot], { timing: defaultTiming })
    await fleet.fleet.settled(20_000)
    const said = () => fleet.said.filter(line => line.includes('bot is online')).length
    const before = said()
    await strike({ sandbox, bot, fleet, t })
    if (gone === undefined) await until('the recovery', () => said() > before && fleet.report(bot.id).state === 'online', limit)
    else t.match(await until('the end', () => fleet.report(bot.id).state === 'gone' && fleet.report(bot.id), limit), { reason: gone })
    t.equal(sandbox.stats().methods['auth.ImportBotAuthorization']?.calls, logIns)
    if (gone !== undefined) return
    sandbox.createUser().startChat(bot)
    await until('a message', () => fleet.messages(bot.id).length > 0, limit)
  })
}

for (const hours of [-10, 10]) {
  t.test(`a machine whose clock is ${hours} hours off does no harm, nor does one whose clock is set while the bot runs`, async t => {
    const realNow = Date.now
    t.teardown(() => { Date.now = realNow })
    const setClock = (offset: number) => { Date.now = () => realNow() + offset * 3_600_000 }
    const sandbox = await startTestSandbox(t, { now: realNow })
    const bot = sandbox.createBot()
    setClock(hours)
    const fleet = startTestFleet(t, sandbox, [bot], { timing: defaultTiming })
    await until('the bot online', () => fleet.report(bot.id).state === 'online', limit)
    const user = sandbox.createUser()
    user.startChat(bot)
    for (const [index, offset] of [0, -hours, hours].entries()) {
      setClock(offset)
      const received = await until('a message', () => fleet.messages(bot.id)[index], limit)
      await fleet.fleet.send(bot.id as BotId, { chatId: received.chat.id, replyTo: received.messageId, text: ['hello'] })
      t.equal(bot.sent.length, index + 1)
      user.sendTo(bot, { text: 'again' })
    }
    t.equal(sandbox.stats().methods['auth.ImportBotAuthorization']?.calls, 1)
  })
}
