import bigInt from 'big-integer'
import { Api } from 'telegram'
import { Raw } from 'telegram/events/index.js'
import t from 'tap'
import type { FaultAction, Network } from '../../../src/sandbox/network/types.js'
import { connectClient } from './fixtures/gramjs.js'
import { startTestNetwork, type Teardown } from './fixtures/network.js'
import { startRawClient, tl, type RawClient, type Received } from './fixtures/raw-client.js'

const nearest = () => new Api.help.GetNearestDc()
const part = () => new Api.upload.GetFile({
  location: new Api.InputDocumentFileLocation({ id: bigInt(1), accessHash: bigInt(2), fileReference: Buffer.alloc(0), thumbSize: '' }),
  offset: bigInt(0),
  limit: 4096
})
/** An update that carries a number. */
const numbered = (number: number) => new Api.UpdateShort({ update: new Api.UpdateConfig(), date: number })
const isUpdate = (message: Received) => message.constructor_ === Api.UpdateShort.CONSTRUCTOR_ID || message.constructor_ === tl.ids.gzipPacked
const login = (id: string) => new Api.auth.ImportBotAuthorization({ flags: 0, apiId: 1, apiHash: '', botAuthToken: `${id}:token` })

/** The numbers of the updates that have come to a client when an answer to a later call has. */
async function numbersAt (client: RawClient): Promise<number[]> {
  await client.call(nearest())
  return client.received.filter(isUpdate).map(message => message.body.readInt32LE(message.body.length - 4))
}

async function loggedIn (t: Teardown, network: Network, id = '5'): Promise<RawClient> {
  const client = await startRawClient(t, network)
  await client.call(login(id))
  return client
}

t.test('each key of the account gets the update, other accounts do not, and the caller learns how many', async t => {
  const network = await startTestNetwork(t)
  const [one, two, other] = [await loggedIn(t, network), await loggedIn(t, network), await loggedIn(t, network, '6')]

  t.equal(network.push('5', numbered(1)), 2)

  t.same([await numbersAt(one), await numbersAt(two), await numbersAt(other)], [[1], [1], []])
})

t.test('the key of the session that is to be left out gets none', async t => {
  const sessions: Array<Parameters<Network['push']>[2]> = []
  const network = await startTestNetwork(t, {
    'help.GetSupport': ({ session }) => { sessions.push(session); return true }
  })
  const [one, two] = [await loggedIn(t, network), await loggedIn(t, network)]
  await one.call(new Api.help.GetSupport())

  t.equal(network.push('5', numbered(1), sessions[0]), 1)

  t.same([await numbersAt(one), await numbersAt(two)], [[], [1]])
})

t.test('updates follow the newest normal call; file calls and calls without updates do not count', async t => {
  const network = await startTestNetwork(t)
  const first = await loggedIn(t, network)
  const { agreed } = first
  const files = await startRawClient(t, network, { agreed, init: false })
  await files.call(part())
  await files.call(new Api.InvokeWithoutUpdates({ query: nearest() }))
  network.push('5', numbered(1))
  const second = await startRawClient(t, network, { agreed, init: false })
  await second.call(nearest())
  network.push('5', numbered(2))
  await first.call(nearest())
  network.push('5', numbered(3))

  t.same([await numbersAt(first), await numbersAt(second)], [[1, 3], [2]])
  await files.call(part())
  t.notOk(files.received.some(isUpdate))
})

t.test('a key without a connection, or without a login, gets none', async t => {
  const network = await startTestNetwork(t)
  const [gone, out] = [await loggedIn(t, network), await loggedIn(t, network)]
  gone.connection.socket.destroy()
  await gone.connection.closed()
  await until(() => network.stats().connections.open === 1)
  for (const key of network.keysOf('5')) if (key.id === out.agreed.keyId.toString('hex')) network.logOut(key)

  t.equal(network.push('5', numbered(1)), 0)
  t.equal(network.keysOf('5').length, 1)
})

t.test('updates can be lost, doubled, swapped, delayed and packed', async t => {
  const network = await startTestNetwork(t)
  const client = await loggedIn(t, network)
  const next = async () => {
    const message = await client.take(isUpdate)
    return message?.body.readInt32LE(message.body.length - 4)
  }
  const pushWith = (action: FaultAction, number: number) => {
    network.faults.add({ match: { event: 'update' }, action, times: 1 })
    network.push('5', numbered(number))
  }
  pushWith({ kind: 'lose' }, 1)
  pushWith({ kind: 'duplicate' }, 2)
  t.same([await next(), await next()], [2, 2])
  pushWith({ kind: 'reorder' }, 3)
  network.push('5', numbered(4))
  t.same([await next(), await next()], [4, 3])
  pushWith({ kind: 'delay', ms: 300 }, 5)
  network.push('5', numbered(6))
  t.same([await next(), await next()], [6, 5])
  pushWith({ kind: 'gzip' }, 7)
  t.equal((await client.take(isUpdate))?.constructor_, tl.ids.gzipPacked)
  network.faults.add({ match: ({ updates }) => updates instanceof Api.UpdatesTooLong, action: { kind: 'lose' } })
  network.push('5', new Api.UpdatesTooLong())
  network.push('5', numbered(8))
  t.equal(await next(), 8)
  pushWith({ kind: 'drop' }, 9)
  await client.connection.closed()
})

t.test('GramJS hands on what is pushed', async t => {
  const network = await startTestNetwork(t)
  const client = await connectClient(t, network, 2)
  await client.invoke(login('5'))
  const seen = new Promise<unknown>(resolve => { client.addEventHandler(resolve, new Raw({ types: [Api.UpdateConfig] })) })

  t.equal(network.push('5', numbered(1)), 1)

  t.ok(await seen instanceof Api.UpdateConfig)
})

/** Looks again each turn of the event loop. */
async function until (holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => { setImmediate(resolve) })
}
