import { Api } from 'telegram'
import { renderMessage } from '../tl/messages.js'
import { createView } from '../tl/view.js'
import { eventsAfter } from '../world/boxes.js'
import type { Channel } from '../world/chats.js'
import type { BoxEvent } from '../world/events.js'
import { isVisible } from '../world/visibility.js'
import { boxContent, checkPts } from './box-content.js'
import { type Caller, refuseIf } from './method.js'
import { readableChannel } from './peers.js'

/** Bots may ask for this many events at once: core.telegram.org/method/updates.getChannelDifference. */
const MAX_EVENTS = 100_000

/** Seconds after which to ask again. */
const TIMEOUT = 30

/** What an account missed in one channel or supergroup, up to `limit` events; `final` says that there is no more. */
export function channelDifference (request: Api.updates.GetChannelDifference, caller: Caller): Api.updates.TypeChannelDifference {
  const channel = readableChannel(caller, request.channel)
  checkPts(channel.box, request.pts)
  refuseIf(request.limit <= 0, 'LIMIT_INVALID')
  const events = eventsAfter(channel.box, request.pts, Math.min(request.limit, MAX_EVENTS))
  return events === null ? tooLong(caller, channel) : missed(caller, channel, events, request.filter)
}

function missed ({ world, account }: Caller, channel: Channel, events: readonly BoxEvent[], filter: Api.TypeChannelMessagesFilter): Api.updates.TypeChannelDifference {
  const view = createView(world, account)
  const pts = events.at(-1)?.pts ?? channel.box.pts
  const content = boxContent(view, channel.box, events.filter(event => passes(event, filter)))
  const common = { final: pts === channel.box.pts, pts, timeout: TIMEOUT }
  if (content.newMessages.length + content.otherUpdates.length === 0) return new Api.updates.ChannelDifferenceEmpty(common)
  view.peer(channel)
  return new Api.updates.ChannelDifference({ ...common, ...content, users: view.users(), chats: view.chats() })
}

function passes (event: BoxEvent, filter: Api.TypeChannelMessagesFilter): boolean {
  if (!(filter instanceof Api.ChannelMessagesFilter)) return true
  const ids = event.kind === 'delete' ? event.ids : [event.id]
  const inside = ids.some(id => filter.ranges.some(range => range.minId <= id && id <= range.maxId))
  return inside && !(filter.excludeNewMessages === true && event.kind === 'new')
}

/** The events are no longer kept: the newest messages instead. */
function tooLong ({ world, account }: Caller, channel: Channel): Api.updates.ChannelDifferenceTooLong {
  const view = createView(world, account)
  const { box } = channel
  const latest = [...box.messages].filter(([, message]) => isVisible(account, message)).slice(-10)
  const dialog = new Api.Dialog({
    peer: view.peer(channel),
    topMessage: latest.at(-1)?.[0] ?? 0,
    readInboxMaxId: 0,
    readOutboxMaxId: 0,
    unreadCount: 0,
    unreadMentionsCount: 0,
    unreadReactionsCount: 0,
    notifySettings: new Api.PeerNotifySettings({}),
    pts: box.pts
  })
  const messages = latest.map(([, message]) => renderMessage(view, message, box))
  return new Api.updates.ChannelDifferenceTooLong({ final: true, timeout: TIMEOUT, dialog, messages, users: view.users(), chats: view.chats() })
}
