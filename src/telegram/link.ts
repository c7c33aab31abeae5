import type { Api } from 'telegram'
import { SecurityError } from 'telegram/errors/index.js'
import type { Endpoint } from './directory.js'
import { meaningOf } from './errors.js'
import { asAuthKey, Sender } from './sender.js'
import type { Timing } from './timing.js'
import { ConnectionLost, Transport } from './transport.js'
import { watch } from './watchdog.js'
import { within } from './within.js'

/** No answer came within the deadline. The call may have been carried out all the same. */
export class CallTimedOut extends Error {
  readonly code = 'CALL_TIMED_OUT'
  constructor (readonly method: string, ms: number) {
    super(`no answer to ${method} within ${ms} ms`)
  }
}

/** The link was closed here: that says nothing of the other side. */
export class LinkClosed extends ConnectionLost {
  constructor () {
    super('closed')
  }
}

/** Whether nothing came, though nobody here closed the link. Of one that was answered nothing yet that speaks against its address. */
export function isSilence (error: unknown): boolean {
  return error instanceof CallTimedOut || (error instanceof ConnectionLost && error.transportCode === null && !(error instanceof LinkClosed))
}

/** One connection to one data centre, for as long as it lives. It is never repaired: a new one takes its place. */
export interface Link {
  readonly endpoint: Endpoint
  /** The authorisation key, 256 bytes. */
  readonly key: Uint8Array
  /** How far Telegram's clock was ahead of this machine's when the key was made; 0 where it was made before. */
  readonly clockAheadSeconds: number
  /** Resolves with the reason once the link is over; LinkClosed where it was closed here. */
  readonly lost: Promise<ConnectionLost>
  /** How many calls wait for their answer. */
  pending (): number
  /**
   * Calls Telegram. Throws GramJS's error when Telegram answers with one, ConnectionLost, CallTimedOut after `timeoutMs`,
   * or the reason of `signal` once it aborts.
   */
  call<R extends Api.AnyRequest> (request: R, timeoutMs: number, signal?: AbortSignal): Promise<R['__response']>
  close (): void
}

export interface LinkOptions {
  readonly endpoint: Endpoint
  /** Without one, a key is made: the key exchange with `timing.handshakeMs`. */
  readonly key: Uint8Array | null
  readonly timing: Timing
  /** Asked before anything is sent: where it says no, the link ends instead. Absent for connections that serve files only. */
  isSessionSure? (): boolean
  /** Gets the updates that come over this link. */
  onUpdate? (update: unknown): void
  /** Told that updates may have been missed although the link holds: Telegram began a new session, or a message could not be read. */
  onMissed? (): void
  /** Told of each answer by which Telegram asks for a wait, at this data centre. */
  onFlood? (dcId: number, seconds: number): void
}

// The key exchange of GramJS fails once in some hundred times because it loses leading zeros. It notices, or goes on with another
// key than Telegram's, which Telegram answers with -404. Telegram then wants a new connection.
const handshakeAttempts = 3

/** Opens a link. Throws ConnectionLost, also when nothing happens in time, or the reason of `signal`. */
export async function openLink (options: LinkOptions, signal: AbortSignal): Promise<Link> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(options, signal)
    } catch (error) {
      if (options.key !== null || !isFailedExchange(error)) throw error
      if (attempt === handshakeAttempts) throw new ConnectionLost(`the key exchange failed: ${error.message}`, null, { cause: error })
    }
  }
}

function isFailedExchange (error: unknown): error is Error {
  return error instanceof SecurityError || (error instanceof ConnectionLost && error.transportCode === 404)
}

async function open ({ endpoint, key, timing, onUpdate, onMissed, onFlood, isSessionSure }: LinkOptions, signal: AbortSignal): Promise<Link> {
  const transport = new Transport(endpoint, timing.connectMs, isSessionSure)
  const calls = new Set<(error: ConnectionLost) => void>()
  const { promise: lost, resolve: markLost } = deferred<ConnectionLost>()

  const sender = new Sender(await asAuthKey(key), transport, {
    onUpdate: update => onUpdate?.(update),
    onMissed: () => onMissed?.(),
    onLost: () => end(new ConnectionLost('Telegram closed the connection'))
  }, timing.ackMs)

  let isOpen = false
  function end (error: ConnectionLost): void {
    transport.fail(error)
    const reason = transport.lost ?? error
    stopWatching()
    markLost(reason)
    for (const reject of calls) reject(reason)
    calls.clear()
    // Marks it as ended by us, so that GramJS's loops end too.
    sender.disconnect().catch(() => {})
  }

  // In a key exchange an answer is due all the time. How long TCP may take is another matter.
  const stopWatching = watch({
    lastByteAt: () => transport.lastByteAt,
    isBusy: () => isOpen ? calls.size > 0 : transport.isConnected(),
    probe: () => { if (isOpen) sender.ping() },
    silent: () => end(new ConnectionLost(`DC ${endpoint.dcId} fell silent`))
  }, timing)

  function noteFlood (error: unknown): never {
    // Too many connections are no call's doing, and end all of them at once.
    const meaning = error instanceof ConnectionLost ? null : meaningOf(error)
    if (meaning?.kind === 'wait') onFlood?.(endpoint.dcId, meaning.seconds)
    throw error
  }

  try {
    const ms = key === null ? timing.connectMs + timing.handshakeMs : timing.connectMs
    const opened = Promise.race([sender.open(), lost.then(reason => { throw reason })])
    await within(opened, ms, () => new ConnectionLost(`no connection to DC ${endpoint.dcId} within ${ms} ms`), signal)
    isOpen = true
  } catch (error) {
    end(new ConnectionLost('not connected', null, { cause: error }))
    throw error
  }

  return {
    endpoint,
    key: sender.authKey.getKey() ?? new Uint8Array(),
    clockAheadSeconds: key === null ? sender.clockAheadSeconds : 0,
    lost,
    pending: () => calls.size,
    call: (request, timeoutMs, signal) => callOver(sender, transport, calls, request, timeoutMs, signal).catch(noteFlood),
    close: () => end(new LinkClosed())
  }
}

async function callOver<R extends Api.AnyRequest> (
  sender: Sender, transport: Transport, calls: Set<(error: ConnectionLost) => void>,
  request: R, timeoutMs: number, signal?: AbortSignal
): Promise<R['__response']> {
  signal?.throwIfAborted()
  // GramJS queues what is sent over a closed connection and never answers.
  if (transport.lost !== null) throw transport.lost
  const { promise: interrupted, reject } = deferred<never>()
  interrupted.catch(() => {})
  calls.add(reject)
  try {
    const answer = Promise.race([sender.send(request), interrupted])
    // GramJS decodes the answer by the type that the request's definition names.
    return await within(answer, timeoutMs, () => new CallTimedOut(request.className, timeoutMs), signal) as R['__response']
  } finally {
    calls.delete(reject)
  }
}

function deferred<T> () {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((_resolve, _reject) => { resolve = _resolve; reject = _reject })
  return { promise, resolve, reject }
}
