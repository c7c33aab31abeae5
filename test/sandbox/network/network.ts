import bigInt from 'big-integer'
import { Api } from 'telegram'
import t from 'tap'
import { startTestNetwork } from './fixtures/network.js'
import { startRawClient } from './fixtures/raw-client.js'
import { connectRaw } from './fixtures/raw-connection.js'

const part = () => new Api.upload.GetFile({
  location: new Api.InputDocumentFileLocation({ id: bigInt(1), accessHash: bigInt(2), fileReference: Buffer.alloc(0), thumbSize: '' }),
  offset: bigInt(0),
  limit: 4096
})
const login = (id: string) => new Api.auth.ImportBotAuthorization({ flags: 0, apiId: 1, apiHash: '', botAuthToken: `${id}:token` })

t.test('calls, errors, bytes and connections are counted, by DC and by account', async t => {
  const network = await startTestNetwork(t)
  const [two, four] = [await startRawClient(t, network), await startRawClient(t, network, { dcId: 4 })]
  await two.call(login('5'))
  await two.call(part())
  await four.call(part())
  await four.call(new Api.help.GetSupport())

  const { methods, connections, handshakes, dcs, accounts, fileBytes } = network.stats()

  t.same(methods['upload.GetFile'], { calls: 2, errors: 0 })
  t.same(methods['help.GetSupport'], { calls: 1, errors: 1 })
  t.same(connections, { open: 2, total: 2, refused: 0 })
  t.equal(handshakes, 2)
  t.equal(fileBytes, 8192)
  t.match(dcs['4'], { calls: 3, errors: 1, fileBytes: 4096 })
  t.match(accounts['5'], { calls: 1, errors: 0, fileBytes: 4096 })
})

t.test('what stats gives does not change afterwards', async t => {
  const network = await startTestNetwork(t)
  const before = network.stats()
  await startRawClient(t, network)
  t.same([before.calls, before.connections.total], [0, 0])
})

t.test('a media address is a second port of the same DC: it knows the same keys, and faults can tell it apart', async t => {
  const network = await startTestNetwork(t, {}, { mediaOnly: true })
  const { agreed } = await startRawClient(t, network)
  network.faults.add({ match: { media: true, method: 'help.GetConfig' }, action: { kind: 'error', code: 400, message: 'MEDIA' } })

  const media = await startRawClient(t, network, { agreed, media: true, init: false })

  t.ok(await media.call(part()) instanceof Api.upload.File)
  t.match(await media.call(new Api.help.GetConfig()), { errorMessage: 'MEDIA' })
  t.equal(new Set(network.dcs.flatMap(dc => [dc.port, dc.mediaPort])).size, 6)
})

t.test('closing ends everything, also what waits', async t => {
  const network = await startTestNetwork(t)
  const client = await startRawClient(t, network)
  network.faults.add({ match: { method: 'help.GetConfig' }, action: { kind: 'delay', ms: 3_600_000 } })
  network.freeze({ dcId: 4 })
  const frozen = await connectRaw(t, network, 4)
  client.send(new Api.help.GetConfig())

  await network.close()

  await client.connection.closed()
  await frozen.closed()
  t.equal(network.stats().connections.open, 0)
})
