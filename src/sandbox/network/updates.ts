import type { Api } from 'telegram/tl/index.js'
import { packed } from './answers.js'
import type { FaultBook } from './faults.js'
import type { OutgoingMessage } from './outbox.js'
import { damageOf } from './replies.js'
import type { KeyState, SessionState } from './session.js'
import { actionOf, strike, unlessClosing, type RemainingAction, type Wait } from './strike.js'
import type { Connection } from './connection.js'

/** Sends updates to each of the keys, over the connection that is entitled to them; returns how many there are. */
export type Push = (keys: readonly KeyState[], updates: Api.TypeUpdates) => number

/** Updates go through the faults of the event `update`. */
export function createPush (book: FaultBook, wait: Wait, onError: (error: unknown) => void): Push {
  const held = new WeakMap<SessionState, OutgoingMessage[]>()

  const deliver = async (session: SessionState, connection: Connection, updates: Api.TypeUpdates, bytes: Uint8Array): Promise<void> => {
    const actions = book.actionsAt({ ...connection.facts(), event: 'update', updates }, new Set())
    // Awaited also without actions, so that updates keep their order.
    const remaining = await strike(actions, connection, wait)
    if (remaining !== null) post(session, updateMessage(bytes, remaining), remaining)
  }
  const post = (session: SessionState, message: OutgoingMessage, actions: readonly RemainingAction[]): void => {
    if (actionOf(actions, 'lose') !== undefined) return
    if (actionOf(actions, 'reorder') !== undefined) {
      held.set(session, [...held.get(session) ?? [], message])
      return
    }
    session.send(message)
    if (actionOf(actions, 'duplicate') !== undefined) session.send(message)
    for (const late of held.get(session) ?? []) session.send(late)
    held.delete(session)
  }
  return (keys, updates) => {
    const targets = keys.flatMap(target)
    if (targets.length === 0) return 0
    const bytes = updates.getBytes()
    for (const { session, connection } of targets) deliver(session, connection, updates, bytes).catch(unlessClosing(onError))
    return targets.length
  }
}

/** The open connection on which the key last made a normal call (core.telegram.org/api/updates). */
function target (key: KeyState): Array<{ session: SessionState, connection: Connection }> {
  const candidates = [...key.sessions.values()].flatMap(session => {
    const connection = session.connection()
    return connection === null || session.activity === 0 ? [] : [{ session, connection }]
  })
  return candidates.sort((a, b) => b.session.activity - a.session.activity).slice(0, 1)
}

function updateMessage (bytes: Uint8Array, actions: readonly RemainingAction[]): OutgoingMessage {
  const parts = actionOf(actions, 'gzip') === undefined ? [bytes] : packed([bytes])
  return { parts, answers: false, content: true, damage: damageOf(actions) }
}
