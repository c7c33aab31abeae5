import { resultParts } from './answers.js'
import type { Connection } from './connection.js'
import type { Receipt } from './ledger.js'
import { acknowledgement, futureSalts, pong, sessionDestroyed, stateInfo } from './notices.js'
import type { SessionState } from './session.js'
import { hex, ids, int, long } from './tl.js'

/** One message of a client, and where it came from. `now` in ms. */
export interface Incoming {
  readonly connection: Connection
  readonly session: SessionState
  readonly messageId: bigint
  readonly body: Buffer
  readonly now: number
}

type Service = (incoming: Incoming) => void

/** Whether the message must, must not or may have an odd sequence number (core.telegram.org/mtproto/description#message-sequence-number-msg-seqno). */
export type Parity = 'odd' | 'even' | 'any'

/** What the transport answers by itself, by constructor (core.telegram.org/mtproto/service_messages). */
const services = new Map<number, { readonly parity: Parity, readonly run: Service }>([
  [0x62d6b459, { parity: 'even', run: msgsAck }],
  [0x7abe77ec, { parity: 'any', run: ping }],
  [0xf3427b8c, { parity: 'any', run: pingDelayDisconnect }],
  [0xb921bd04, { parity: 'any', run: getFutureSalts }],
  [0xda69fb52, { parity: 'any', run: msgsStateReq }],
  [0x7d861a08, { parity: 'any', run: msgResendReq }],
  [0x58e4a740, { parity: 'any', run: rpcDropAnswer }],
  [0xe7512126, { parity: 'any', run: destroySession }],
  // The client's own reports, and what only concerns HTTP: nothing to do.
  [0x04deb57d, { parity: 'any', run: () => {} }],
  [0x8cc0d131, { parity: 'any', run: () => {} }],
  [0x9299359f, { parity: 'any', run: () => {} }]
])

/** The service for a constructor; `undefined` for a call. */
export function serviceFor (constructor: number): { readonly parity: Parity, readonly run: Service } | undefined {
  return services.get(constructor)
}

function msgsAck ({ session, body }: Incoming): void {
  session.acknowledge(readLongs(body))
}

function ping ({ session, messageId, body }: Incoming): void {
  session.send(pong(messageId, body.readBigInt64LE(4)))
}

function pingDelayDisconnect (incoming: Incoming): void {
  ping(incoming)
  incoming.connection.closeAfter(incoming.body.readInt32LE(12) * 1000)
}

function getFutureSalts ({ session, messageId, body, now }: Incoming): void {
  const count = Math.min(Math.max(body.readInt32LE(4), 1), 64)
  session.send(futureSalts(messageId, now, session.key.salts.future(count, now)))
}

function msgsStateReq ({ session, messageId, body }: Incoming): void {
  session.send(stateInfo(messageId, readLongs(body).map(id => stateOf(session.ledger.find(id)))))
}

/** 1: nothing known; 4: received; with 32 a call, with 64 an answer made (service_messages_about_messages). */
function stateOf (receipt: Receipt | undefined): number {
  if (receipt === undefined) return 1
  return 4 + (receipt.outcome === undefined ? 0 : 32) + (receipt.answerId === undefined ? 0 : 64)
}

/** What is still there is sent again; for the rest the client hears what is known of it. */
function msgResendReq ({ session, messageId, body }: Incoming): void {
  const missing = readLongs(body).filter(id => !session.resend(id))
  if (missing.length > 0) session.send(stateInfo(messageId, missing.map(() => 1)))
}

function rpcDropAnswer ({ session, messageId, body }: Incoming): void {
  const answer = dropAnswer(session, session.ledger.find(body.readBigInt64LE(4)))
  session.send({ parts: resultParts(messageId, [answer]), answers: true, content: true })
}

function dropAnswer (session: SessionState, receipt: Receipt | undefined): Buffer {
  if (receipt?.outcome === undefined) return int(ids.answerUnknown)
  if (receipt.answerId === undefined) {
    receipt.dropped = true
    return int(ids.answerDroppedRunning)
  }
  const dropped = session.withdraw(receipt.answerId)
  if (dropped === undefined) return int(ids.answerUnknown)
  return Buffer.concat([int(ids.answerDropped), long(dropped.messageId), int(dropped.sequence), int(dropped.length)])
}

/** A session cannot destroy itself. */
function destroySession ({ session, body }: Incoming): void {
  const id = hex(body.subarray(4, 12))
  const found = id !== session.id && session.key.sessions.delete(id)
  session.send(sessionDestroyed(body.readBigInt64LE(4), found))
}

/** The `Vector<long>` behind the constructor. */
function readLongs (body: Buffer): bigint[] {
  const count = body.readInt32LE(8)
  return Array.from({ length: Math.min(count, 8192) }, (_, i) => body.readBigInt64LE(12 + 8 * i))
}

/** Tells the client that its message has arrived, though there is no answer yet. */
export function sayReceived (session: SessionState, messageId: bigint): void {
  session.send(acknowledgement([messageId]))
}
