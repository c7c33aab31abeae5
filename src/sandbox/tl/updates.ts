import { Api } from 'telegram'
import type { Account } from '../world/accounts.js'
import type { Box } from '../world/boxes.js'
import { peerKey } from '../world/chats.js'
import type { AccountEvent, BoxEvent, Delivery, MembershipEvent } from '../world/events.js'
import { boxOf, idIn, type Message } from '../world/messages.js'
import { unixTime, type World } from '../world/world.js'
import { toLong } from './long.js'
import { renderMessage, renderReply } from './messages.js'
import { channelParticipant, chatParticipant } from './participants.js'
import { renderEntity } from './text.js'
import { chatPeer, createView, type View } from './view.js'

/** What `account` is sent of `deliveries`, all of them its own: one packet for what has a `pts` or `qts`, one for each that counts in `seq`. */
export function renderPushes (world: World, account: Account, deliveries: readonly Delivery[]): Api.TypeUpdates[] {
  const short = shortForm(account, deliveries)
  if (short !== null) return [short]
  const counted = deliveries.filter(({ event }) => event.kind === 'chat')
  const others = deliveries.filter(({ event }) => event.kind !== 'chat')
  const first = others.length === 0 ? [] : [renderUpdates(world, account, others)]
  return [...first, ...counted.map(delivery => renderUpdates(world, account, [delivery]))]
}

/** `deliveries` in one packet, with everybody named in them; `before` goes ahead of them. */
export function renderUpdates (world: World, account: Account, deliveries: readonly Delivery[], before: readonly Api.TypeUpdate[] = []): Api.Updates {
  const view = createView(world, account)
  const updates = [...before, ...deliveries.map(delivery => renderDelivery(view, delivery))]
  const seq = deliveries.reduce((latest, { event }) => event.kind === 'chat' ? event.seq : latest, 0)
  return new Api.Updates({ updates, users: view.users(), chats: view.chats(), date: unixTime(world), seq })
}

/** What happened in a box, told with the box's `pts`. */
export function renderBoxEvent (view: View, box: Box, event: BoxEvent): Api.TypeUpdate {
  const { pts, ptsCount } = event
  const { channel } = box
  if (event.kind === 'delete') {
    const messages = [...event.ids]
    return channel === null ? new Api.UpdateDeleteMessages({ messages, pts, ptsCount }) : new Api.UpdateDeleteChannelMessages({ channelId: toLong(channel.id), messages, pts, ptsCount })
  }
  const message = renderMessage(view, event.message, box)
  if (channel === null) return event.kind === 'new' ? new Api.UpdateNewMessage({ message, pts, ptsCount }) : new Api.UpdateEditMessage({ message, pts, ptsCount })
  return event.kind === 'new' ? new Api.UpdateNewChannelMessage({ message, pts, ptsCount }) : new Api.UpdateEditChannelMessage({ message, pts, ptsCount })
}

/** What happened to an account outside its box. */
export function renderAccountEvent (view: View, event: AccountEvent): Api.TypeUpdate {
  switch (event.kind) {
    case 'membership': return renderMembership(view, event)
    case 'stopped':
      view.peer(event.user)
      return new Api.UpdateBotStopped({ userId: toLong(event.user.id), date: event.date, stopped: event.stopped, qts: event.qts })
    case 'chat':
      view.peer(event.chat)
      return event.chat.kind === 'group' ? new Api.UpdateChat({ chatId: toLong(event.chat.id) }) : new Api.UpdateChannel({ channelId: toLong(event.chat.id) })
    case 'callback': return renderCallback(view, event.query)
  }
}

function renderDelivery (view: View, delivery: Delivery): Api.TypeUpdate {
  return delivery.box === null ? renderAccountEvent(view, delivery.event) : renderBoxEvent(view, delivery.box, delivery.event)
}

function renderMembership (view: View, event: MembershipEvent): Api.TypeUpdate {
  const { chat, actor, member, before, after, qts, date } = event
  view.peer(chat)
  view.peer(actor)
  view.peer(member)
  const ids = { actorId: toLong(actor.id), userId: toLong(member.id), date, qts }
  if (chat.kind === 'group') {
    const [prev, next] = [before, after].map(place => place === null ? null : chatParticipant(view, chat, place))
    return new Api.UpdateChatParticipant({ chatId: toLong(chat.id), ...ids, ...(prev ? { prevParticipant: prev } : {}), ...(next ? { newParticipant: next } : {}) })
  }
  const [prev, next] = [before, after].map(place => place === null ? null : channelParticipant(view, chat, place))
  return new Api.UpdateChannelParticipant({ channelId: toLong(chat.id), ...ids, ...(prev ? { prevParticipant: prev } : {}), ...(next ? { newParticipant: next } : {}) })
}

function renderCallback (view: View, query: Extract<AccountEvent, { kind: 'callback' }>['query']): Api.TypeUpdate {
  const { id, user, message, data } = query
  view.peer(user)
  return new Api.UpdateBotCallbackQuery({
    queryId: toLong(id),
    userId: toLong(user.id),
    peer: chatPeer(view, message.chat),
    msgId: idIn(message, boxOf(message.chat, view.account)),
    chatInstance: toLong(view.world.secrets.hash('chat instance', message.chat.key)),
    data
  })
}

/** Plain text from somebody whom the account knows comes without the sender's description. */
function shortForm (account: Account, deliveries: readonly Delivery[]): Api.TypeUpdates | null {
  const [delivery] = deliveries
  if (delivery === undefined || deliveries.length > 1 || delivery.box === null || delivery.event.kind !== 'new') return null
  const { message, id, pts, ptsCount } = delivery.event
  if (!isPlain(message) || !account.known.has(peerKey(message.author)) || message.author === account) return null
  const fields = shortFields(message, delivery.box, { id, pts, ptsCount })
  const fromId = toLong(message.author.id)
  if (message.chat.kind === 'private') return new Api.UpdateShortMessage({ ...fields, userId: fromId })
  return message.chat.kind === 'group' ? new Api.UpdateShortChatMessage({ ...fields, fromId, chatId: toLong(message.chat.id) }) : null
}

function isPlain (message: Message): boolean {
  return message.action === null && message.media === null && message.markup === null && message.forward === null && message.groupedId === null
}

function shortFields (message: Message, box: Box, ids: { id: number, pts: number, ptsCount: number }) {
  return {
    ...ids,
    message: message.text,
    date: message.date,
    ...renderReply(message, box),
    ...(message.entities.length === 0 ? {} : { entities: message.entities.map(renderEntity) })
  }
}
