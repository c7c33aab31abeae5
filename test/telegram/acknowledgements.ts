import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import bigInt from 'big-integer'
import t from 'tap'
import { Api } from 'telegram'
import { TLMessage } from 'telegram/tl/core/index.js'
import { asAuthKey, Sender } from '../../src/telegram/sender.js'
import { Transport } from '../../src/telegram/transport.js'
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

t.test('messages are acknowledged also where the hundredth is the answer to a ping', async t => {
  let isSent = false
  const server = createServer(socket => socket.on('data', () => { isSent = true }))
  const port = await new Promise<number>(resolve => { server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)) })
  const transport = new Transport({ dcId: 2, host: '127.0.0.1', port }, 5_000)
  const sender = new Sender(await asAuthKey(randomBytes(256)), transport, { onUpdate: () => {}, onMissed: () => {}, onLost: () => {} }, 3_600_000)
  await sender.open()
  t.teardown(async () => {
    await sender.disconnect()
    server.close()
  })
  let id = 0
  const take = async (count: number, body: Api.UpdatesTooLong | Api.Pong) => {
    for (let i = 0; i < count; i++) await sender._processMessage(new TLMessage(bigInt(4 * ++id + 1), id, body))
  }
  await take(99, new Api.UpdatesTooLong())
  await take(1, new Api.Pong({ msgId: bigInt(1), pingId: bigInt(1) }))
  t.notOk(isSent)
  await take(1, new Api.UpdatesTooLong())
  await until('the acknowledgements', () => isSent)
})
