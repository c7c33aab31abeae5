import t from 'tap'
import { openKeyring } from '../../src/telegram/keyring.js'
import type { BotId } from '../../src/media.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { until } from '../e2e/fixtures/until.js'
import { memoryLoan, memorySessions, quietLog } from './fixtures/fleet.js'

const botId = '123456' as BotId
const token = '123456:secret'
const log = quietLog
const timing = { ...defaultTiming, backoffMs: 5, backoffMaxMs: 20 }

t.test('keys, home and addresses are there again after a restart', async t => {
  const { stored } = memorySessions()
  const first = openKeyring({ botId, token, loan: memoryLoan(stored, botId), timing, log })
  first.setHome(4)
  first.set(4, Buffer.alloc(256, 7), true)
  first.set(2, Buffer.alloc(256, 8), false)
  first.setAddresses([{ dcId: 4, host: '127.0.0.1', port: 1, ipv6: false, mediaOnly: false }])
  await first.saved()

  const second = openKeyring({ botId, token, loan: memoryLoan(stored, botId), timing, log })
  t.equal(second.home(), 4)
  t.same(second.key(4), Buffer.alloc(256, 7))
  t.ok(second.isLoggedIn(4))
  t.notOk(second.isLoggedIn(2))
  t.equal(second.key(1), null)
  t.match(second.addresses(), [{ dcId: 4, port: 1 }])
})

t.test('another token finds nothing, and says so without showing it', async t => {
  const { stored } = memorySessions()
  const first = openKeyring({ botId, token, loan: memoryLoan(stored, botId), timing, log })
  first.setHome(4)
  await first.saved()
  const said: unknown[] = []
  const second = openKeyring({ botId, token: '123456:other', loan: memoryLoan(stored, botId), timing, log: { ...log, warn: (...args: unknown[]) => { said.push(args) } } })
  t.equal(second.home(), null)
  t.equal(said.length, 1)
  t.notMatch(JSON.stringify(said), /secret|other/)
})

/** A store of sessions that can be made to fail, and how often it was asked to keep one. */
function flakyLoan (over = new AbortController().signal) {
  const { stored } = memorySessions()
  const loan = memoryLoan(stored, botId)
  const state = { fails: true, tries: 0 }
  const save = async (data: Uint8Array) => {
    state.tries++
    if (state.fails) throw new Error('no database')
    await loan.save(data)
  }
  return { stored, state, loan: { ...loan, over, save } }
}

t.test('a store that cannot be written loses nothing in memory and is tried again until it can be, which is told once', async t => {
  const { stored, state, loan } = flakyLoan()
  const said: unknown[] = []
  const keyring = openKeyring({ botId, token, loan, timing, log: { ...log, warn: (...args: unknown[]) => { said.push(args) } } })
  keyring.setHome(2)
  await until('several attempts', () => state.tries > 3)
  t.equal(keyring.home(), 2)
  state.fails = false
  await until('the home to be stored', () => stored.has(botId))
  t.equal(openKeyring({ botId, token, loan: memoryLoan(stored, botId), timing, log }).home(), 2)
  t.equal(said.length, 1)
})

t.test('at the end it is tried once more, at once; what fails then is stored with the next change', async t => {
  const { stored, state, loan } = flakyLoan()
  const keyring = openKeyring({ botId, token, loan, timing: { ...timing, backoffMs: 3_600_000, backoffMaxMs: 3_600_000 }, log })
  keyring.setHome(2)
  await until('the first attempt', () => state.tries === 1)
  await keyring.saved()
  t.equal(state.tries, 2)
  state.fails = false
  keyring.set(2, Buffer.alloc(256, 1), true)
  await keyring.saved()
  const again = openKeyring({ botId, token, loan: memoryLoan(stored, botId), timing, log })
  t.equal(again.home(), 2)
  t.ok(again.isLoggedIn(2))
})

t.test('what belongs to another process now is left to it', async t => {
  const over = new AbortController()
  const { state, loan } = flakyLoan(over.signal)
  const keyring = openKeyring({ botId, token, loan, timing, log })
  keyring.setHome(2)
  await until('an attempt', () => state.tries > 0)
  over.abort()
  await keyring.saved()
  const { tries } = state
  keyring.setHome(3)
  await keyring.saved()
  t.equal(state.tries, tries)
})

t.test('writes never overlap, and the last state is the one that stays', async t => {
  const { stored } = memorySessions()
  let writing = 0
  let overlapped = false
  const loan = memoryLoan(stored, botId)
  const slow = {
    ...loan,
    save: async (data: Uint8Array) => {
      overlapped ||= writing++ > 0
      await new Promise(resolve => setImmediate(resolve))
      await loan.save(data)
      writing--
    }
  }
  const keyring = openKeyring({ botId, token, loan: slow, timing, log })
  for (let dcId = 1; dcId <= 5; dcId++) {
    keyring.setHome(dcId)
    await new Promise(resolve => setImmediate(resolve))
  }
  await keyring.saved()
  t.notOk(overlapped)
  t.equal(openKeyring({ botId, token, loan: memoryLoan(stored, botId), timing, log }).home(), 5)
})
