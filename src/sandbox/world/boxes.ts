import type { Account } from './accounts.js'
import type { Channel } from './chats.js'
import type { BoxEvent } from './events.js'
import type { Message } from './messages.js'

/** A message box: ids and `pts` count on their own in each. Every account has one, and every channel and supergroup. */
export interface Box {
  /** Whose box it is: an account's or a channel's. */
  account: Account | null
  channel: Channel | null
  pts: number
  nextId: number
  readonly messages: Map<number, Message>
  /** In the order of `pts`. */
  readonly events: BoxEvent[]
  /** Events up to this `pts` are no longer kept. */
  forgottenPts: number
}

/** An empty box; whoever makes it says whose it is. */
export function createBox (): Box {
  return { account: null, channel: null, pts: 1, nextId: 1, messages: new Map(), events: [], forgottenPts: 0 }
}

/** Notes that `message` appeared in `box` or changed there. `date` in unix seconds. */
export function record (box: Box, kind: 'new' | 'edit', message: Message, id: number, date: number): BoxEvent {
  box.pts += 1
  const event: BoxEvent = { kind, message, id, pts: box.pts, ptsCount: 1, date }
  box.events.push(event)
  return event
}

/** Notes that the messages `ids` left `box`: each counts. `date` in unix seconds. */
export function recordDeletion (box: Box, ids: readonly number[], date: number): BoxEvent {
  for (const id of ids) box.messages.delete(id)
  box.pts += ids.length
  const event: BoxEvent = { kind: 'delete', ids, pts: box.pts, ptsCount: ids.length, date }
  box.events.push(event)
  return event
}

/** The first `limit` events after `pts`; `null` when they are no longer kept. */
export function eventsAfter (box: Box, pts: number, limit: number): BoxEvent[] | null {
  if (pts < box.forgottenPts) return null
  const first = box.events.findIndex(event => event.pts > pts)
  return first === -1 ? [] : box.events.slice(first, first + limit)
}

/** Drops the memory of everything that happened so far: who asks later gets `…TooLong`. */
export function forgetEvents (box: Box): void {
  box.events.length = 0
  box.forgottenPts = box.pts
}
