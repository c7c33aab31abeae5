import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAcceptor, type Place } from './accept.js'
import { createCalls } from './calls.js'
import { createConnections } from './connections.js'
import { createFaults } from './faults.js'
import { createHandshakes } from './handshake.js'
import { createKeys, type Keys } from './keys.js'
import { listen, type Listener } from './listener.js'
import { createReceiver, type Receive } from './messages.js'
import { createPayloadReader, type TakePayload } from './payload.js'
import { loadRsaKey, type RsaKey } from './rsa.js'
import { createShapes } from './shaping.js'
import { createCounters, type Counters } from './statistics.js'
import type { Wait } from './strike.js'
import type { DcAddress, Network, NetworkOptions } from './types.js'
import { createPush } from './updates.js'

/** Starts data centres on free ports of this machine. They stop with `close`. */
export async function startNetwork (options: NetworkOptions): Promise<Network> {
  const { handler, dcIds, now = Date.now, gzip = true, mediaOnly = false, onError = warn } = options
  const rsa = await loadRsaKey(options.privateKeyPem)
  const closing = new AbortController()
  // Each answer that is delayed waits for it.
  setMaxListeners(0, closing.signal)
  const wait: Wait = ms => sleep(ms, undefined, { signal: closing.signal, ref: false })
  const [book, shapes, counters, keys, connections] = [createFaults(), createShapes(), createCounters(), createKeys(now), createConnections()]
  const push = createPush(book, wait, onError)
  const login = { strict: options.strictSingleConnection ?? false }
  const receive = createReceiver(createCalls({ handler, book, counters, wait, onError, gzip, strict: () => login.strict }), now)
  const accept = createAcceptor({ book, shapes, counters, connections, wait, now })
  const takeAt = (dcId: number): TakePayload => takerFor(dcId, { rsa, keys, counters, receive, now })
  const centres = await Promise.all(dcIds.map(async dcId => await startCentre(dcId, takeAt(dcId), accept, mediaOnly)))
  const keysOf = (accountId: string) => keys.all().filter(key => key.accountId === accountId)

  return {
    dcs: centres.map(centre => centre.address),
    publicKeyPem: rsa.publicKeyPem,
    get strictSingleConnection () { return login.strict },
    set strictSingleConnection (strict) { login.strict = strict },
    push: (accountId, updates, except) => push(keysOf(accountId).filter(key => key.id !== except?.key.id), updates),
    keysOf,
    unacknowledged: accountId => keysOf(accountId).flatMap(key => [...key.sessions.values()]).reduce((sum, session) => sum + session.unacknowledged(), 0),
    logOut: key => { key.accountId = null },
    forgetKey: keys.forget,
    forgetSessions: accountId => { for (const key of keysOf(accountId)) key.sessions.clear() },
    rotateSalts: () => { for (const key of keys.all()) key.salts.rotate(now()) },
    faults: book.faults,
    shape: shapes.add,
    freeze: connections.freeze,
    disconnect: connections.disconnect,
    stats: () => structuredClone(counters.all),
    close: async () => {
      closing.abort()
      const closed = centres.flatMap(centre => centre.listeners).map(async listener => { await listener.close() })
      connections.disconnect({})
      await Promise.all(closed)
    }
  }
}

interface CentreContext {
  readonly rsa: RsaKey
  readonly keys: Keys
  readonly counters: Counters
  readonly receive: Receive
  readonly now: () => number
}

/** What one data centre does with what it gets: its keys and key exchanges are its own. */
function takerFor (dcId: number, { rsa, keys, counters, receive, now }: CentreContext): TakePayload {
  const handshakes = createHandshakes(dcId, rsa, now, agreed => {
    keys.add(dcId, agreed)
    counters.all.handshakes++
  })
  return createPayloadReader({ handshakes, findKey: keyId => keys.find(dcId, keyId), receive, now })
}

/** Listens for one data centre, at one address or at two. */
async function startCentre (
  id: number, take: TakePayload, accept: ReturnType<typeof createAcceptor>, mediaOnly: boolean
): Promise<{ address: DcAddress, listeners: Listener[] }> {
  const at = async (media: boolean): Promise<Listener> => await listen(accept({ dcId: id, media, take } satisfies Place))
  const main = await at(false)
  const { host, port } = main
  if (!mediaOnly) return { address: { id, host, port }, listeners: [main] }
  const second = await at(true)
  return { address: { id, host, port, mediaPort: second.port }, listeners: [main, second] }
}

function warn (error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
