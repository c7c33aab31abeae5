import type { Socket } from 'node:net'
import { sealedLength, sealEnvelope } from './envelope.js'
import { createFrameReader, frameOf, openFrame, type OutgoingFrame } from './framing.js'
import { createLine } from './line.js'
import type { Parcel } from './outbox.js'
import type { TakePayload } from './payload.js'
import type { KeyState, SessionState } from './session.js'
import type { Slowness } from './shaping.js'
import { int } from './tl.js'
import type { ConnectionFacts } from './types.js'

/** One TCP connection of a client. */
export interface Connection {
  facts (): ConnectionFacts
  isOpen (): boolean
  /** Open and not frozen. */
  isAlive (): boolean
  /** The key of the last message that came. */
  useKey (key: KeyState): void
  sendPayload (payload: Uint8Array): void
  sendParcel (parcel: Parcel, session: SessionState): void
  /** A negative number in place of a message; `raw` without the frame around it. */
  sendTransportError (code: number, raw: boolean): void
  /** Closes the connection unless this is called again within `ms`. */
  closeAfter (ms: number): void
  /** Begins to read. */
  start (): void
  /** Looks again whether it is frozen. */
  refresh (): void
  destroy (): void
}

/** What a connection needs from its data centre. `now` in ms. */
export interface ConnectionContext {
  readonly connectionId: number
  readonly dcId: number
  readonly media: boolean
  readonly take: TakePayload
  readonly slowness: (facts: ConnectionFacts) => Slowness
  readonly isFrozen: (facts: ConnectionFacts) => boolean
  /** The connection is closed because what came is not what a client may send. */
  readonly onRefused: () => void
  readonly now: () => number
}

/** Speaks TCP Full over `socket`. Reads nothing before `start`. */
export function createConnection (socket: Socket, context: ConnectionContext): Connection {
  const { connectionId, dcId, media } = context
  const frames = createFrameReader()
  let key: KeyState | null = null
  let sent = 0
  let started = false
  let idle: NodeJS.Timeout | undefined

  const facts = (): ConnectionFacts => ({ connectionId, dcId, media, accountId: key?.accountId ?? null, keyId: key?.id ?? null })
  const frozen = (): boolean => context.isFrozen(facts())
  const line = createLine(socket, () => context.slowness(facts()), frozen)

  const readFrames = (): void => {
    while (!socket.destroyed && !frozen()) {
      const payload = frames.next()
      if (payload === null) return
      context.take(connection, payload)
    }
  }
  const read = (): void => {
    try {
      readFrames()
    } catch {
      // Not what a client may send: Telegram closes the connection without a word.
      context.onRefused()
      socket.destroy()
    }
  }
  const connection: Connection = {
    facts,
    isOpen: () => !socket.destroyed,
    isAlive: () => !socket.destroyed && !frozen(),
    useKey: used => { key = used },
    sendPayload: payload => { line.write(frameOf(sent++, payload)) },
    sendParcel: (parcel, session) => {
      const bytes = damaged(sealedFrame(sent++, parcel, session, context.now()), parcel)
      line.write(bytes)
      if (parcel.damage === 'cut') line.end()
    },
    sendTransportError: (code, raw) => {
      if (raw) line.write(Buffer.concat([int(code), int(code), int(0)]))
      else connection.sendPayload(int(code))
    },
    closeAfter: ms => {
      clearTimeout(idle)
      idle = setTimeout(() => { socket.destroy() }, Math.max(ms, 0)).unref()
    },
    start: () => {
      started = true
      connection.refresh()
    },
    refresh: () => {
      if (!started || frozen()) socket.pause()
      else {
        socket.resume()
        line.resume()
        read()
      }
    },
    destroy: () => { socket.destroy() }
  }
  socket.pause()
  socket.on('data', chunk => { frames.push(chunk); read() })
  // A client that goes away in the middle is no error here.
  socket.on('error', () => {})
  socket.on('close', () => { clearTimeout(idle); line.close() })
  return connection
}

/** Encrypts straight into the frame. */
function sealedFrame (number: number, { messageId, sequence, parts }: Parcel, { id, key }: SessionState, now: number): OutgoingFrame {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const frame = openFrame(number, sealedLength(length))
  const envelope = { salt: key.salts.current(now), sessionId: Buffer.from(id, 'hex'), messageId, sequence, body: parts }
  sealEnvelope(frame.payload, envelope, key.key, key.idBytes)
  return frame
}

/** Seals the frame, spoilt where that is asked for. */
function damaged (frame: OutgoingFrame, { damage }: Parcel): Buffer {
  if (damage === 'payload') flipBit(frame.payload, frame.payload.length - 1)
  frame.seal()
  if (damage === 'crc') flipBit(frame.bytes, frame.bytes.length - 1)
  return damage === 'cut' ? frame.bytes.subarray(0, frame.bytes.length >> 1) : frame.bytes
}

function flipBit (bytes: Buffer, at: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
}
