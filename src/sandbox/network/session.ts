import type { AuthKey, Session } from './types.js'
import type { Connection } from './connection.js'
import type { Salts } from './salts.js'
import { createLedger, type Ledger } from './ledger.js'
import { createMessageIds } from './message-ids.js'
import { joinGroups, wrapGroup, type NumberedMessage, type OutgoingMessage } from './outbox.js'

/** A key with what the transport keeps about it. `burnt`: its login was used over two connections at once. */
export interface KeyState extends AuthKey {
  readonly idBytes: Buffer
  readonly salts: Salts
  readonly sessions: Map<string, SessionState>
  burnt: boolean
  mainConnection: Connection | null
}

/**
 * A session with what the transport keeps about it. It outlives its connection: what the client has not acknowledged is sent again on
 * the next one.
 */
export interface SessionState extends Session {
  readonly key: KeyState
  readonly ledger: Ledger
  /** The connection that brought the session's last message, if it is still open. */
  connection (): Connection | null
  attach (connection: Connection): void
  /** Numbers the message and sends it with whatever else becomes ready in this turn; returns its id. */
  send (message: OutgoingMessage): bigint
  /** Keeps the message until the next answer and sends it before that, in one container. */
  hold (message: OutgoingMessage): void
  acknowledge (messageIds: readonly bigint[]): void
  /** How many messages the client should have acknowledged and has not. */
  unacknowledged (): number
  /** Sends an unacknowledged message again; false where there is none with this id. */
  resend (messageId: bigint): boolean
  /** Forgets an unacknowledged message; returns it. */
  withdraw (messageId: bigint): NumberedMessage | undefined
  /** Whether the client has been told of the session. */
  announced: boolean
  /** When it last made a call that entitles it to updates, as a rising number; 0: never. */
  activity: number
}

/** More than the largest window of file parts in flight. Telegram also forgets answers that nobody fetches. */
const mostUnacknowledged = 32 * 1024 * 1024

/** `id` is the session id as it travels. `now` in ms. */
export function createSession (key: KeyState, id: Buffer, now: () => number): SessionState {
  const nextId = createMessageIds(now)
  const unacknowledged = createUnacknowledged()
  const held: OutgoingMessage[] = []
  let queue: NumberedMessage[][] = []
  let contentSent = 0
  let current: Connection | null = null
  let scheduled = false

  const number = (message: OutgoingMessage): NumberedMessage => {
    const sequence = 2 * contentSent + (message.content ? 1 : 0)
    if (message.content) contentSent++
    const length = message.parts.reduce((sum, part) => sum + part.length, 0)
    const numbered = { ...message, messageId: nextId(message.answers), sequence, length }
    if (message.content) unacknowledged.add(numbered)
    return numbered
  }
  const flush = (): void => {
    scheduled = false
    const groups = joinGroups(queue)
    queue = []
    for (const group of groups) {
      const parcel = wrapGroup(group, () => ({ messageId: nextId(false), sequence: 2 * contentSent }))
      if (parcel !== null && current?.isOpen() === true) current.sendParcel(parcel, session)
    }
  }
  const enqueue = (group: NumberedMessage[]): void => {
    queue.push(group)
    if (!scheduled) setImmediate(flush)
    scheduled = true
  }
  const session: SessionState = {
    id: id.toString('hex'),
    key,
    ledger: createLedger(),
    announced: false,
    activity: 0,
    connection: () => current?.isOpen() === true ? current : null,
    attach: connection => {
      if (current === connection) return
      current = connection
      queue = []
      for (const message of unacknowledged.all()) enqueue([message])
    },
    send: message => {
      const together = message.answers && message.content ? held.splice(0) : []
      const group = [...together, message].map(number)
      enqueue(group)
      return group.at(-1)?.messageId ?? 0n
    },
    hold: message => { held.push(message) },
    acknowledge: messageIds => { for (const messageId of messageIds) unacknowledged.remove(messageId) },
    unacknowledged: unacknowledged.count,
    resend: messageId => {
      const message = unacknowledged.get(messageId)
      if (message !== undefined) enqueue([message])
      return message !== undefined
    },
    withdraw: messageId => unacknowledged.remove(messageId)
  }
  return session
}

/** Messages that the client has not acknowledged, oldest first, within a bound of memory. */
function createUnacknowledged () {
  const messages = new Map<bigint, NumberedMessage>()
  let size = 0

  const remove = (messageId: bigint): NumberedMessage | undefined => {
    const message = messages.get(messageId)
    if (message !== undefined && messages.delete(messageId)) size -= message.length
    return message
  }
  return {
    all: () => [...messages.values()],
    count: () => messages.size,
    get: (messageId: bigint) => messages.get(messageId),
    remove,
    add: (message: NumberedMessage) => {
      messages.set(message.messageId, { ...message, damage: undefined })
      size += message.length
      for (const messageId of messages.keys()) {
        if (size <= mostUnacknowledged) return
        remove(messageId)
      }
    }
  }
}
