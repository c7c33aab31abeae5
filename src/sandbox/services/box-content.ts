import type { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { renderMessage } from '../tl/messages.js'
import { renderBoxEvent } from '../tl/updates.js'
import type { View } from '../tl/view.js'
import type { Box } from '../world/boxes.js'
import type { BoxEvent } from '../world/events.js'
import { isHeld } from '../world/messages.js'
import { isVisible } from '../world/visibility.js'
import { refuseIf } from './method.js'

/** New messages as they are now, without those that are gone; then what happened to others. */
export function boxContent (view: View, box: Box, events: readonly BoxEvent[]): { newMessages: Api.TypeMessage[], otherUpdates: Api.TypeUpdate[] } {
  const seen = events.filter(event => event.kind === 'delete' || (isHeld(event.message, box) && isVisible(view.account, event.message)))
  const added = new Set(seen.flatMap(event => event.kind === 'new' ? [event.message] : []))
  const others = seen.filter(event => event.kind === 'delete' || (event.kind === 'edit' && !added.has(event.message)))
  return {
    newMessages: [...added].map(message => renderMessage(view, message, box)),
    otherUpdates: others.map(event => renderBoxEvent(view, box, event))
  }
}

/** Throws where a `pts` cannot be one of this box. */
export function checkPts (box: Box, pts: number): void {
  refuseIf(pts <= 0, 'PERSISTENT_TIMESTAMP_EMPTY')
  if (pts > box.pts) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_INVALID')
}
