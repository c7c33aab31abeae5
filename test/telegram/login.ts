import { connect } from 'node:net'
import t from 'tap'
import { findFreePort } from '../../src/free-port.js'
import { openLink } from '../../src/telegram/link.js'
import { openFirst } from '../../src/telegram/login.js'
import { trustServerKey } from '../../src/telegram/server-keys.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { until } from '../e2e/fixtures/until.js'
import { startTestNetwork } from '../sandbox/network/fixtures/network.js'
import { startDeafPort } from './fixtures/deaf-port.js'

const never = new AbortController().signal
const patient = { timing: { ...defaultTiming, connectMs: 3_600_000, idlePingMs: 3_600_000 } }

/** A data centre, and a key that it knows. */
async function startDc (test: Parameters<typeof startTestNetwork>[0]) {
  const network = await startTestNetwork(test, {}, { mediaOnly: true })
  trustServerKey(network.publicKeyPem)
  const { id: dcId, host, port, mediaPort = 0 } = network.dcs[0]!
  const { key, close } = await openLink({ endpoint: { dcId, host, port }, key: null, timing: defaultTiming }, never)
  close()
  return { network, key, at: (...ports: number[]) => ports.map(port => ({ dcId, host, port })), port, mediaPort }
}

t.test('an address from which nothing comes does not hold up the next one', async t => {
  const { key, at, port } = await startDc(t)
  const deaf = await startDeafPort(t)
  const leaving = new AbortController()
  const knocking = connect(deaf, '127.0.0.1').on('error', () => {})
  const link = await openFirst(at(deaf, port), key, patient, leaving.signal)
  t.equal(link.endpoint.port, port)
  t.ok(knocking.connecting, 'nothing has come still')
  knocking.destroy()
  link.close()
  leaving.abort()
})

t.test('of addresses that are there the first is taken, and no connection to another one stays', async t => {
  const { network, key, at, port, mediaPort } = await startDc(t)
  const link = await openFirst(at(mediaPort, port), key, patient, never)
  t.equal(link.endpoint.port, mediaPort)
  await until('the end of the others', () => network.stats().connections.open === 1)
  link.close()
})

t.test('an address that refuses is followed by the next at once; where all do, or the caller leaves, that is said', async t => {
  const { network, at, port } = await startDc(t)
  const closed = await findFreePort()
  const link = await openFirst(at(closed, port), null, patient, never)
  t.equal(network.stats().handshakes, 2, 'a key was made at the second')
  link.close()
  await t.rejects(openFirst(at(closed, closed), link.key, patient, never), { code: 'CONNECTION_LOST', message: /ECONNREFUSED/ })
  await t.rejects(openFirst([], null, patient, never), { code: 'CONNECTION_LOST' })
  const leaving = new AbortController()
  const left = openFirst(at(await startDeafPort(t), closed), link.key, patient, leaving.signal)
  leaving.abort(new Error('the caller leaves'))
  await t.rejects(left, { message: 'the caller leaves' })
})
