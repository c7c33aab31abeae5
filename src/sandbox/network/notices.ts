import type { OutgoingMessage } from './outbox.js'
import { bytes, ids, int, long, longVector } from './tl.js'
import type { Salt } from './salts.js'

/** The transport's own messages (core.telegram.org/mtproto/service_messages). None but the first has to be acknowledged. */

/** `new_session_created`: messages of this session before `firstMessageId` are not known here. */
export function newSessionCreated (firstMessageId: bigint, uniqueId: bigint, salt: bigint): OutgoingMessage {
  return { parts: [int(ids.newSessionCreated), long(firstMessageId), long(uniqueId), long(salt)], answers: false, content: true }
}

/** `bad_msg_notification`. */
export function badMessage (messageId: bigint, sequence: number, code: number): OutgoingMessage {
  return notice(int(ids.badMsgNotification), long(messageId), int(sequence), int(code))
}

/** `bad_server_salt`, with the one to use. */
export function badServerSalt (messageId: bigint, sequence: number, salt: bigint): OutgoingMessage {
  return notice(int(ids.badServerSalt), long(messageId), int(sequence), int(48), long(salt))
}

/** `msgs_ack`. */
export function acknowledgement (messageIds: readonly bigint[]): OutgoingMessage {
  return notice(int(ids.msgsAck), longVector(messageIds))
}

/** `pong`. */
export function pong (messageId: bigint, pingId: bigint): OutgoingMessage {
  return notice(int(ids.pong), long(messageId), long(pingId))
}

/** `msgs_state_info`: one byte for each message asked about. */
export function stateInfo (requestId: bigint, states: readonly number[]): OutgoingMessage {
  return notice(int(ids.msgsStateInfo), long(requestId), bytes(Buffer.from(states)))
}

/** `future_salts`. `now` in ms. */
export function futureSalts (requestId: bigint, now: number, salts: readonly Salt[]): OutgoingMessage {
  const seconds = (ms: number): Buffer => int(Math.floor(ms / 1000))
  const listed = salts.flatMap(({ since, until, value }) => [seconds(since), seconds(until), long(value)])
  return notice(int(ids.futureSalts), long(requestId), seconds(now), int(salts.length), ...listed)
}

/** `destroy_session_ok` or `destroy_session_none`. */
export function sessionDestroyed (sessionId: bigint, found: boolean): OutgoingMessage {
  return notice(int(found ? ids.destroySessionOk : ids.destroySessionNone), long(sessionId))
}

function notice (...parts: Buffer[]): OutgoingMessage {
  return { parts: [Buffer.concat(parts)], answers: true, content: false }
}
