import type { Connection } from './connection.js'
import { openEnvelope } from './envelope.js'
import type { Handshakes } from './handshake.js'
import { createMessageIds } from './message-ids.js'
import type { Receive } from './messages.js'
import type { KeyState } from './session.js'
import { hex, int, long } from './tl.js'

/** What the payloads of one data centre are read with. `now` in ms. */
export interface PayloadContext {
  readonly handshakes: Handshakes
  readonly findKey: (keyId: string) => KeyState | undefined
  readonly receive: Receive
  readonly now: () => number
}

/** Takes one payload of a frame: a step of the key exchange, or an encrypted message. Throws a RangeError where it is neither. */
export type TakePayload = (connection: Connection, payload: Buffer) => void

/** The reader of one data centre's payloads. */
export function createPayloadReader ({ handshakes, findKey, receive, now }: PayloadContext): TakePayload {
  const nextId = createMessageIds(now)

  const takePlain = (connection: Connection, payload: Buffer): void => {
    const length = payload.length >= 20 ? payload.readInt32LE(16) : -1
    if (length < 4 || length > payload.length - 20) throw new RangeError('an unencrypted message of a wrong length')
    const answer = handshakes.answer(payload.subarray(20, 20 + length))
    if (typeof answer === 'number') connection.sendTransportError(answer, false)
    else connection.sendPayload(Buffer.concat([long(0n), long(nextId(true)), int(answer.length), answer]))
  }
  const takeEncrypted = (connection: Connection, payload: Buffer): void => {
    const key = findKey(hex(payload.subarray(0, 8)))
    if (key === undefined) {
      connection.sendTransportError(-404, false)
      return
    }
    const envelope = openEnvelope(payload, key.key)
    if (envelope === null) throw new RangeError('an encrypted message that does not open')
    connection.useKey(key)
    receive(connection, key, envelope)
  }
  return (connection, payload) => {
    if (payload.length < 8) throw new RangeError('a message without a key id')
    if (payload.readBigInt64LE(0) === 0n) takePlain(connection, payload)
    else takeEncrypted(connection, payload)
  }
}
