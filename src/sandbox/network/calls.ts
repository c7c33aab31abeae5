import type { Api } from 'telegram/tl/index.js'
import { resultParts, serialise } from './answers.js'
import type { FaultBook, Struck } from './faults.js'
import type { Outcome, Receipt } from './ledger.js'
import { counted, failure, finish, type Reply, type Result } from './replies.js'
import { sayReceived, type Incoming } from './services.js'
import type { KeyState } from './session.js'
import type { Counters } from './statistics.js'
import { actionOf, strike, unlessClosing, type RemainingAction, type Wait } from './strike.js'
import { RpcError, type Call, type Facts, type Handler } from './types.js'
import { readCall, type UnwrappedCall } from './unwrap.js'

/** What calls are answered with. `strict` tells whether one login may use one connection only. */
export interface CallContext {
  readonly handler: Handler
  readonly book: FaultBook
  readonly counters: Counters
  readonly gzip: boolean
  readonly strict: () => boolean
  readonly wait: Wait
  readonly onError: (error: unknown) => void
}

/** A client is told that its call has arrived when the answer takes longer than this. */
const acknowledgedAfterMs = 1000

/** Answers calls, faults included. */
export function createCalls (context: CallContext): (incoming: Incoming, receipt: Receipt) => void {
  let activity = 0

  const serve = async (incoming: Incoming, receipt: Receipt): Promise<void> => {
    const { session, messageId } = incoming
    const slow = setTimeout(() => { sayReceived(session, messageId) }, acknowledgedAfterMs).unref()
    const replying = replyTo(incoming)
    receipt.outcome = replying.then(reply => reply?.failed === true ? 'failed' : 'ok', () => 'failed' as const)
    const reply = await replying
    if (reply === null) return
    clearTimeout(slow)
    if (receipt.dropped !== true) send(incoming, receipt, reply)
  }

  const replyTo = async (incoming: Incoming): Promise<Reply | null> => {
    const call = readOrFail(incoming)
    const method = call instanceof RpcError ? 'unknown' : call.request.className
    const counter = context.counters.call({ ...incoming.connection.facts(), method })
    if (call instanceof RpcError) return counted(counter, finish(failure(call), [], false, false))
    remember(incoming.session.key, call)
    const struck: Struck = new Set()
    const at = (event: 'call' | 'answer'): Promise<RemainingAction[] | null> =>
      strike(context.book.actionsAt(factsOf(incoming, call.request, event), struck), incoming.connection, context.wait)

    const before = await at('call')
    if (before === null) return null
    const injected = actionOf(before, 'error-first-container') ?? actionOf(before, 'error')
    const result = injected === undefined
      ? await carryOut(incoming, call)
      : failure(new RpcError(injected.code, injected.message))
    const after = await at('answer')
    if (after === null) return null
    return counted(counter, finish(result, after, injected?.kind === 'error-first-container', context.gzip))
  }

  const carryOut = async (incoming: Incoming, unwrapped: UnwrappedCall): Promise<Result> => {
    try {
      const call = callOf(incoming, unwrapped)
      admit(incoming, call, context.strict(), () => ++activity)
      await afterOthers(incoming, unwrapped.after)
      return { ...serialise(await context.handler(call)), failed: false }
    } catch (error) {
      if (error instanceof RpcError) return failure(error)
      context.onError(error)
      return failure(new RpcError(500, 'INTERNAL_SERVER_ERROR'))
    }
  }

  return (incoming, receipt) => {
    serve(incoming, receipt).catch(unlessClosing(context.onError))
  }
}

function readOrFail ({ body }: Incoming): UnwrappedCall | RpcError {
  try {
    return readCall(body)
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
}

/** Layer and client are kept per key (core.telegram.org/api/invoking#saving-client-info). */
function remember (key: KeyState, { layer, client }: UnwrappedCall): void {
  if (client === null) return
  key.layer = layer
  key.client = client
}

function factsOf ({ connection }: Incoming, request: Api.AnyRequest, event: 'call' | 'answer'): Facts {
  return { ...connection.facts(), event, method: request.className, request }
}

function callOf ({ session, connection }: Incoming, { request, withoutUpdates }: UnwrappedCall): Call {
  const { dcId, media } = connection.facts()
  return { method: request.className, request, key: session.key, session, dcId, media, withoutUpdates }
}

/** Throws RpcError where the call may not be made on this key or connection. Notes which connection is to get updates. */
function admit ({ session, connection }: Incoming, call: Call, strict: boolean, nextActivity: () => number): void {
  const { key } = session
  if (key.layer === null) throw new RpcError(400, 'CONNECTION_NOT_INITED')
  if (key.burnt) throw new RpcError(406, 'AUTH_KEY_DUPLICATED')
  if (call.method.startsWith('upload.') || call.media) return
  const other = key.mainConnection
  if (strict && key.accountId !== null && other !== null && other !== connection && other.isAlive()) {
    key.burnt = true
    key.accountId = null
    throw new RpcError(406, 'AUTH_KEY_DUPLICATED')
  }
  key.mainConnection = connection
  // An imported authorisation belongs to a file connection: updates come at home only.
  if (!call.withoutUpdates && call.method !== 'auth.ImportAuthorization') session.activity = nextActivity()
}

/** `invokeAfterMsg`: waits for those calls; throws RpcError where one failed or is not known. */
async function afterOthers ({ session }: Incoming, after: readonly bigint[]): Promise<void> {
  for (const messageId of after) {
    const outcome: Outcome | undefined = await session.ledger.find(messageId)?.outcome
    if (outcome !== 'ok') throw new RpcError(400, 'MSG_WAIT_FAILED')
  }
}

/** An error leaves in a frame of its own: GramJS drops whatever follows one in a container, and only a fault is to provoke that. */
function send ({ session, messageId }: Incoming, receipt: Receipt, reply: Reply): void {
  const message = {
    parts: resultParts(messageId, reply.parts), answers: true, content: true, alone: reply.failed, damage: reply.damage
  }
  if (reply.held) session.hold(message)
  else receipt.answerId = session.send(message)
}
