import bigInt from 'big-integer'
import { Api } from 'telegram'
import t from 'tap'
import { connectClient } from './fixtures/gramjs.js'
import { fileBytes, startTestNetwork } from './fixtures/network.js'

const part = (offset: number, limit: number) => new Api.upload.GetFile({
  location: new Api.InputDocumentFileLocation({
    id: bigInt(1), accessHash: bigInt(2), fileReference: Buffer.alloc(0), thumbSize: ''
  }),
  offset: bigInt(offset),
  limit
})

t.test('an unmodified GramJS client makes a key, connects and calls', async t => {
  const network = await startTestNetwork(t)
  const client = await connectClient(t, network, 2)

  const answer = await client.invoke(new Api.help.GetNearestDc())

  t.equal(answer.country, 'NL')
  t.equal(network.stats().handshakes, 1)
  t.same(network.stats().methods['help.GetNearestDc'], { calls: 1, errors: 0 })
})

t.test('a second start resumes the stored key without a new exchange', async t => {
  const network = await startTestNetwork(t)
  const first = await connectClient(t, network, 2)
  await first.invoke(new Api.auth.ImportBotAuthorization({ flags: 0, apiId: 1, apiHash: 'hash', botAuthToken: '77:token' }))
  const saved = String(first.session.save())
  await first.destroy()

  const second = await connectClient(t, network, 2, saved)

  t.equal((await second.invoke(new Api.updates.GetState())).pts, 1)
  t.equal(network.stats().handshakes, 1)
})

t.test('a file of another DC comes over a key of its own', async t => {
  const network = await startTestNetwork(t)
  const client = await connectClient(t, network, 2)

  const file = await client.invoke(part(4096, 8192), 4)

  t.ok(file instanceof Api.upload.File && file.bytes.equals(fileBytes(4096, 8192)))
  t.equal(network.stats().handshakes, 2)
  t.equal(network.stats().dcs[4]?.fileBytes, 8192)
  t.equal(network.stats().dcs[2]?.fileBytes, 0)
})

t.test('sixteen calls at once are all answered, each with its own answer', async t => {
  const network = await startTestNetwork(t)
  const client = await connectClient(t, network, 2)
  const offsets = Array.from({ length: 16 }, (_, i) => i * 4096)

  const files = await Promise.all(offsets.map(async offset => await client.invoke(part(offset, 4096))))

  t.same(files.map(file => file instanceof Api.upload.File ? file.bytes[0] : null), offsets.map(offset => offset % 251))
})

t.test('an error in front of another answer hangs that other call: the bug of GramJS that the fault is for', async t => {
  const network = await startTestNetwork(t)
  const client = await connectClient(t, network, 2)
  const fault = network.faults.add({
    match: { method: 'help.GetNearestDc' }, action: { kind: 'error-first-container', code: 400, message: 'FIRST' }, times: 1
  })
  const refused = client.invoke(new Api.help.GetNearestDc())
  const hanging = client.invoke(part(0, 4096)).then(() => 'answered')
  await t.rejects(refused, /FIRST/)
  await client.invoke(part(4096, 4096))

  const later = client.invoke(new Api.help.GetNearestDc()).then(() => 'hangs')
  t.equal(await Promise.race([hanging, later]), 'hangs')
  t.equal(network.stats().methods['upload.GetFile']?.calls, 2)
  t.equal(fault.hits, 1)
})

t.test('a closed connection is made again and the call that was lost is sent again', async t => {
  const network = await startTestNetwork(t)
  const client = await connectClient(t, network, 2)
  const fault = network.faults.add({ match: { method: 'help.GetNearestDc' }, action: { kind: 'drop' }, times: 1 })

  const answer = await client.invoke(new Api.help.GetNearestDc())

  t.equal(answer.country, 'NL')
  t.equal(fault.hits, 1)
  t.equal(network.stats().connections.total, 2)
})
