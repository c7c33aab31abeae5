import bigInt from 'big-integer'
import { Api } from 'telegram'
import t from 'tap'
import { RpcError } from '../../../src/sandbox/network/types.js'
import { createGate } from './fixtures/gate.js'
import { startTestNetwork } from './fixtures/network.js'
import { initConnection, introduction, startRawClient, tl } from './fixtures/raw-client.js'
import { isPong, nearest, pingBytes } from './fixtures/service-messages.js'

t.test('ping_delay_disconnect closes the connection when no other follows', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  client.send(Buffer.concat([tl.int(0xf3427b8c), tl.long(5n), tl.int(0)]))

  t.equal((await client.take(isPong))?.body.readBigInt64LE(12), 5n)
  await client.connection.closed()
})

t.test('a call needs initConnection once per key, and layer 198', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network, { init: false })
  const error = async (request: Api.AnyRequest) => {
    const answer = await client.call(request)
    return answer instanceof Api.RpcError ? `${answer.errorCode} ${answer.errorMessage}` : 'none'
  }

  t.equal(await error(nearest()), '400 CONNECTION_NOT_INITED')
  t.equal(await error(introduction(nearest(), 42)), '400 CONNECTION_LAYER_INVALID')
  t.equal(await error(initConnection(nearest())), '400 CONNECTION_LAYER_INVALID')
  t.equal(await error(introduction(nearest())), 'none')
  const later = await startRawClient(t, network, { agreed: client.agreed, init: false })
  t.ok(await later.call(nearest()) instanceof Api.NearestDc)
})

t.test('what is no method is refused in Telegram\'s words', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  const error = async (body: Buffer, sequence: number) => {
    const answer = await client.answer(client.send(body, { sequence }))
    return answer instanceof Api.RpcError ? `${answer.errorCode} ${answer.errorMessage}` : 'none'
  }

  t.equal(await error(tl.int(0x12345678), 21), `400 INPUT_METHOD_INVALID_${0x12345678}_198`)
  t.equal(await error(new Api.InputPeerSelf().getBytes(), 23), `400 INPUT_METHOD_INVALID_${Api.InputPeerSelf.CONSTRUCTOR_ID}_198`)
  t.equal(await error(tl.int(Api.GetFutureSalts.CONSTRUCTOR_ID + 1), 25), `400 INPUT_METHOD_INVALID_${Api.GetFutureSalts.CONSTRUCTOR_ID + 1}_198`)
  t.equal(await error(tl.int(Api.messages.SendMessage.CONSTRUCTOR_ID), 27), '400 INPUT_FETCH_ERROR')
  t.equal(await error(Buffer.concat([nearest().getBytes(), tl.int(0)]), 29), '400 INPUT_FETCH_ERROR')
  t.equal(await error(new Api.help.GetSupport().getBytes(), 31), '400 METHOD_INVALID')
})

t.test('invokeAfterMsg waits for the other call and fails with it', async t => {
  const order: string[] = []
  const gate = createGate()
  const network = await startTestNetwork(t, {
    'help.GetInviteText': async () => {
      await gate.opened
      order.push('first')
      return new Api.help.InviteText({ message: '' })
    },
    'help.GetSupport': () => { throw new RpcError(400, 'NO') },
    'help.GetNearestDc': () => { order.push('second'); return new Api.NearestDc({ country: '', thisDc: 2, nearestDc: 2 }) }
  })
  const client = await startRawClient(t, network)
  order.length = 0
  const after = (id: bigint) => new Api.InvokeAfterMsg({ msgId: bigInt(id), query: nearest() })
  const slow = client.send(new Api.help.GetInviteText())
  const waiting = client.send(after(slow))
  client.send(pingBytes(1n))
  await client.take(isPong)
  t.same(order, [])
  gate.open()
  t.ok(await client.answer(waiting) instanceof Api.NearestDc)
  t.same(order, ['first', 'second'])

  const failing = client.send(new Api.help.GetSupport())
  const answer = await client.call(after(failing))
  t.equal(answer instanceof Api.RpcError && answer.errorMessage, 'MSG_WAIT_FAILED')
})

t.test('a handler\'s own failure is reported and answered with 500', async t => {
  const errors: unknown[] = []
  const network = await startTestNetwork(t, {
    'help.GetSupport': () => { throw new TypeError('a bug') }
  }, { onError: error => { errors.push(error) } })
  const client = await startRawClient(t, network)

  const answer = await client.call(new Api.help.GetSupport())

  t.equal(answer instanceof Api.RpcError && answer.errorCode, 500)
  t.match(errors, [{ message: 'a bug' }])
})
