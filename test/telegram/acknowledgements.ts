import t from 'tap'
import { until } from '../e2e/fixtures/until.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestFleet } from './fixtures/fleet.js'

/** A bot that listens and has no reason to say anything, and a user who writes to it. */
async function listeningBot (t: Parameters<typeof startTestFleet>[0], ackMs: number) {
  const sandbox = await startTestSandbox(t)
  const bot = sandbox.createBot()
  const fleet = startTestFleet(t, sandbox, [bot], { timing: { idlePingMs: 60_000, ackMs } })
  await fleet.fleet.settled(15_000)
  const user = sandbox.createUser()
  user.startChat(bot)
  const write = async (count: number) => {
    for (let i = 0; i < count; i++) user.sendTo(bot, { text: `message ${i}` })
    await fleet.until('the messages', () => fleet.messages(bot.id).length >= count)
  }
  return { write, unacknowledged: () => sandbox.network.unacknowledged(bot.id) }
}

t.test('messages are acknowledged before very many have gathered', async t => {
  const { write, unacknowledged } = await listeningBot(t, 3_600_000)
  await write(350)
  await until('the acknowledgements', () => unacknowledged() < 110)
})

t.test('few messages are acknowledged after a while', async t => {
  const { write, unacknowledged } = await listeningBot(t, 300)
  await write(3)
  t.ok(unacknowledged() >= 3)
  await until('the acknowledgements', () => unacknowledged() === 0)
})
