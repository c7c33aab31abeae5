import t from 'tap'
import { Api } from 'telegram'
import { initialised } from '../../src/telegram/init-request.js'
import { openLink } from '../../src/telegram/link.js'
import { trustServerKey } from '../../src/telegram/server-keys.js'
import { defaultTiming } from '../../src/telegram/timing.js'
import { startTestSandbox } from '../fixtures/sandbox.js'
import { startTestNetwork } from '../sandbox/network/fixtures/network.js'

const never = () => new AbortController().signal

/** The data centre that a sandbox is reached at. */
function endpointOf (server: string) {
  const [, dcId, host, port] = /^(\d+)@(.+):(\d+)$/.exec(server) ?? []
  return { dcId: Number(dcId), host: host ?? '', port: Number(port) }
}

t.test('a key exchange that ends with -404, as one in some hundred of GramJS does, is made anew on another connection', async t => {
  const sandbox = await startTestSandbox(t)
  trustServerKey(sandbox.publicKeyPem)
  const refusal = sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'transport-error', code: -404 }, times: 2 })
  const link = await openLink({ endpoint: endpointOf(sandbox.server), key: null, timing: defaultTiming }, never())
  t.equal(refusal.hits, 2)
  t.ok(await link.call(initialised(1, new Api.help.GetConfig()), 5000) instanceof Api.Config)
  link.close()
})

t.test('an old key that Telegram does not know is no reason to make another one', async t => {
  const sandbox = await startTestSandbox(t)
  const refusal = sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'transport-error', code: -404 } })
  const link = await openLink({ endpoint: endpointOf(sandbox.server), key: new Uint8Array(256).fill(7), timing: defaultTiming }, never())
  t.match(await link.call(initialised(1, new Api.help.GetConfig()), 5000).catch((error: unknown) => error), { code: 'CONNECTION_LOST', transportCode: 404 })
  t.equal(refusal.hits, 1)
})

t.test('a server that accepts and says nothing is given up as soon as one that falls silent later', async t => {
  const sandbox = await startTestSandbox(t)
  trustServerKey(sandbox.publicKeyPem)
  sandbox.faults.add({ match: { event: 'connect' }, action: { kind: 'silence' } })
  const timing = { ...defaultTiming, probeMs: 100, silenceMs: 300 }
  t.match(await openLink({ endpoint: endpointOf(sandbox.server), key: null, timing }, never()).catch((error: unknown) => error), { code: 'CONNECTION_LOST', message: /silent/ })
})

t.test('an answer that cannot be read is told to the caller alone; a new session, that updates may be missing', async t => {
  const network = await startTestNetwork(t, {
    // A constructor of a layer to come.
    'help.GetAppUpdate': () => ({ getBytes: () => Buffer.from('efbeadde00000000', 'hex') }) as never
  })
  trustServerKey(network.publicKeyPem)
  const home = network.dcs.find(({ id }) => id === 2)
  if (home === undefined) return t.fail('no data centre')
  let missed = 0
  const endpoint = { dcId: 2, host: home.host, port: home.port }
  const link = await openLink({ endpoint, key: null, timing: defaultTiming, onMissed: () => { missed++ } }, never())
  await link.call(initialised(1, new Api.help.GetConfig()), 5_000)
  t.equal(missed, 1)
  await t.rejects(link.call(new Api.help.GetAppUpdate({ source: '' }), 5_000), { name: 'Error', message: /constructor/i })
  await link.call(new Api.help.GetConfig(), 5_000)
  t.equal(missed, 1)
  link.close()
})
