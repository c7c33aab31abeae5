import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { deliver } from '../telegram.js'
import { fromLong } from '../tl/long.js'
import { renderEntity } from '../tl/text.js'
import { renderUpdates } from '../tl/updates.js'
import type { Chat } from '../world/chats.js'
import type { Delivery } from '../world/events.js'
import { boxOf, type Draft, idIn, isHeld, type Message, writeMessage } from '../world/messages.js'
import { unixTime } from '../world/world.js'
import { checkedMarkup } from './button-rules.js'
import { mediaOf } from './media-input.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { resolvePeer, writableChat } from './peers.js'
import { checkedCaption, checkedText } from './text-rules.js'

/** `messages.sendMessage` and `messages.sendMedia`. */
export const sendingMethods: readonly Method[] = [
  method(Api.messages.SendMessage, (request, caller) => {
    const place = checkedPlace(caller, request)
    const content = checkedText(request.message, request.entities)
    return send(caller, { ...place, ...content }, request.randomId)
  }),
  method(Api.messages.SendMedia, (request, caller) => {
    const place = checkedPlace(caller, request)
    const content = checkedCaption(request.message, request.entities)
    return send(caller, { ...place, ...content, media: mediaOf(caller, request.media) }, request.randomId)
  })
]

/** What the caller sees of what it did: its own part of `deliveries`. The others are told. */
export function tellOthers ({ telegram, account, call }: Caller, deliveries: readonly Delivery[]): Delivery[] {
  deliver(telegram, deliveries, call.session)
  return deliveries.filter(delivery => delivery.account === account)
}

/** Takes a `random_id` once: core.telegram.org/api/errors, RANDOM_ID_DUPLICATE. Throws. */
export function checkRandomId ({ account }: Caller, randomId: Api.long | undefined): bigint {
  const id = randomId === undefined ? 0n : fromLong(randomId)
  refuseIf(id === 0n, 'RANDOM_ID_EMPTY')
  refuseIf(account.randomIds.has(id), 'RANDOM_ID_DUPLICATE', 500)
  return id
}

/** Refuses what bots may not do when they send. */
export function checkOptions ({ scheduleDate, sendAs, quickReplyShortcut, effect }: Options): void {
  refuseIf(isGiven(scheduleDate), 'SCHEDULE_BOT_NOT_ALLOWED')
  refuseIf(isGiven(sendAs), 'SEND_AS_PEER_INVALID')
  refuseIf(isGiven(quickReplyShortcut), 'SHORTCUT_INVALID')
  refuseIf(isGiven(effect), 'EFFECT_ID_INVALID')
}

interface Options { readonly scheduleDate?: unknown, readonly sendAs?: unknown, readonly quickReplyShortcut?: unknown, readonly effect?: unknown }

function checkedPlace (caller: Caller, request: Api.messages.SendMessage | Api.messages.SendMedia): Pick<Draft, 'chat' | 'author' | 'markup' | 'replyTo'> {
  checkOptions(request)
  const chat = writableChat(caller, resolvePeer(caller, request.peer))
  const markup = checkedMarkup(request.replyMarkup)
  return { chat, author: caller.account, markup, replyTo: answered(caller, chat, request.replyTo) }
}

function answered (caller: Caller, chat: Chat, replyTo: Api.TypeInputReplyTo | null | undefined): Message | null {
  if (replyTo === null || replyTo === undefined) return null
  if (!(replyTo instanceof Api.InputReplyToMessage)) throw new RpcError(400, 'REPLY_TO_INVALID')
  // answering into another chat is for users
  refuseIf(isGiven(replyTo.replyToPeerId), 'REPLY_TO_INVALID')
  const message = boxOf(chat, caller.account).messages.get(replyTo.replyToMsgId)
  if (message === undefined || message.chat !== chat) throw new RpcError(400, 'REPLY_MESSAGE_ID_INVALID')
  return message
}

function send (caller: Caller, draft: Draft, randomId: Api.long | undefined): Api.TypeUpdates {
  const id = checkRandomId(caller, randomId)
  const { message, deliveries } = writeMessage(draft, unixTime(caller.world))
  caller.account.randomIds.add(id)
  return sentAnswer(caller, message, tellOthers(caller, deliveries), randomId)
}

/** Plain text into a private chat or basic group is answered shortly; everything else with the message. */
function sentAnswer (caller: Caller, message: Message, own: readonly Delivery[], randomId: Api.long | undefined): Api.TypeUpdates {
  const { account, world } = caller
  const id = idIn(message, boxOf(message.chat, account))
  const event = own.map(delivery => delivery.event).find(({ kind }) => kind === 'new')
  if (event?.kind === 'new' && message.chat.kind !== 'channel' && message.media === null && message.markup === null) {
    const entities = message.entities.length === 0 ? {} : { entities: message.entities.map(renderEntity) }
    return new Api.UpdateShortSentMessage({ out: true, id, pts: event.pts, ptsCount: event.ptsCount, date: message.date, ...entities })
  }
  return renderUpdates(world, account, own, [new Api.UpdateMessageID({ id, ...(randomId === undefined ? {} : { randomId }) })])
}

function isGiven (value: unknown): boolean {
  return value !== undefined && value !== null
}

/** The messages that `ids` name in a chat, as the caller counts them; those that are not there are left out. */
export function messagesIn (caller: Caller, chat: Chat, ids: readonly number[]): Message[] {
  const box = boxOf(chat, caller.account)
  return ids.flatMap(id => {
    const message = box.messages.get(id)
    return message !== undefined && message.chat === chat && isHeld(message, box) ? [message] : []
  })
}
