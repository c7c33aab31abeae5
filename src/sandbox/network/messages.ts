import { gunzipSync } from 'node:zlib'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { randomBytes } from 'node:crypto'
import type { Connection } from './connection.js'
import { readContainer, type ContainedMessage } from './container.js'
import type { Envelope } from './envelope.js'
import type { Receipt } from './ledger.js'
import { badMessageId } from './message-ids.js'
import { badMessage, badServerSalt, newSessionCreated } from './notices.js'
import { sayReceived, serviceFor, type Incoming } from './services.js'
import { createSession, type KeyState, type SessionState } from './session.js'
import { ids } from './tl.js'

/** Takes an envelope that was opened with `key`. Throws a RangeError where a message ends too early. */
export type Receive = (connection: Connection, key: KeyState, envelope: Envelope) => void

/** A call of the API, to be answered sooner or later. */
export type ServeCall = (incoming: Incoming, receipt: Receipt) => void

/** Sessions whose connection is gone are kept, the newest few: GramJS draws a new session at every reconnect. */
const mostDetached = 4

/** `now` in ms. */
export function createReceiver (serveCall: ServeCall, now: () => number): Receive {
  return (connection, key, envelope) => {
    const session = sessionOf(key, envelope.sessionId, now)
    session.attach(connection)
    const { messageId, sequence } = envelope
    const bad = badMessageId(messageId, now())
    if (bad !== null) session.send(badMessage(messageId, sequence, bad))
    else if (!key.salts.accepts(envelope.salt, now())) session.send(badServerSalt(messageId, sequence, key.salts.current(now())))
    else if (envelope.body.readUInt32LE(0) === ids.msgContainer) receiveContainer(connection, session, envelope)
    else receiveMessage(connection, session, envelope)
  }

  function receiveContainer (connection: Connection, session: SessionState, { messageId, sequence, body }: Envelope): void {
    const contents = readContainer(body)
    const code = badContainer(session, messageId, sequence, contents)
    if (code !== null || contents === null) {
      session.send(badMessage(messageId, sequence, code ?? 64))
      return
    }
    for (const message of contents) receiveMessage(connection, session, message)
    session.ledger.take(messageId, sequence)
  }

  function receiveMessage (connection: Connection, session: SessionState, message: ContainedMessage): void {
    const { messageId, sequence } = message
    const known = session.ledger.find(messageId)
    if (known !== undefined) {
      receiveAgain(session, messageId, known)
      return
    }
    const body = unpacked(message.body)
    const service = serviceFor(body.readUInt32LE(0))
    const code = badParity(service?.parity ?? 'odd', message) ?? session.ledger.problem(messageId, sequence)
    if (code !== null) {
      session.send(badMessage(messageId, sequence, code))
      return
    }
    const receipt = session.ledger.take(messageId, sequence)
    announce(session, messageId)
    const incoming: Incoming = { connection, session, messageId, body, now: now() }
    if (service === undefined) serveCall(incoming, receipt)
    else service.run(incoming)
  }

  function announce (session: SessionState, firstMessageId: bigint): void {
    if (session.announced) return
    session.announced = true
    session.send(newSessionCreated(firstMessageId, randomBytes(8).readBigInt64LE(), session.key.salts.current(now())))
  }
}

function sessionOf (key: KeyState, id: Buffer, now: () => number): SessionState {
  const known = key.sessions.get(id.toString('hex'))
  if (known !== undefined) return known
  const detached = [...key.sessions.values()].filter(session => session.connection() === null)
  for (const session of detached.slice(0, -mostDetached)) key.sessions.delete(session.id)
  const session = createSession(key, Buffer.from(id), now)
  key.sessions.set(session.id, session)
  return session
}

/** 34: a container has an even number; 19: the id was used before; 64: its contents are not right. */
function badContainer (session: SessionState, messageId: bigint, sequence: number, contents: ContainedMessage[] | null): number | null {
  if (sequence % 2 !== 0) return 34
  if (session.ledger.find(messageId) !== undefined) return 19
  if (contents === null || contents.some(message => message.messageId >= messageId)) return 64
  return session.ledger.problem(messageId, sequence)
}

/** 18: no multiple of 4; 34 and 35: an even or an odd sequence number was expected. */
function badParity (parity: 'odd' | 'even' | 'any', { messageId, sequence }: ContainedMessage): 18 | 34 | 35 | null {
  if ((messageId & 3n) !== 0n) return 18
  if (parity === 'even' && sequence % 2 !== 0) return 34
  return parity === 'odd' && sequence % 2 === 0 ? 35 : null
}

/** The same message once more: its answer again where it is still there, else word that it has arrived. */
function receiveAgain (session: SessionState, messageId: bigint, receipt: Receipt): void {
  if (receipt.answerId !== undefined && session.resend(receipt.answerId)) return
  sayReceived(session, messageId)
}

function unpacked (body: Buffer): Buffer {
  if (body.readUInt32LE(0) !== ids.gzipPacked) return body
  return gunzipSync(new BinaryReader(body.subarray(4)).tgReadBytes(), { maxOutputLength: 16 * 1024 * 1024 })
}
