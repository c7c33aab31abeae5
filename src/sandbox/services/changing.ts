import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { fromLong } from '../tl/long.js'
import { renderUpdates } from '../tl/updates.js'
import { type Chat, mayDo } from '../world/chats.js'
import { changeMessage, type Changes, deleteMessages, isPost, type Message } from '../world/messages.js'
import { unixTime } from '../world/world.js'
import { buttonUrl, checkedMarkup } from './button-rules.js'
import { mediaOf } from './media-input.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { chatWith, readableChannel, resolvePeer } from './peers.js'
import { checkOptions, messagesIn, tellOthers } from './sending.js'
import { checkedCaption, checkedText } from './text-rules.js'

/** Editing and deleting messages, and answering buttons. */
export const changingMethods: readonly Method[] = [
  method(Api.messages.EditMessage, edit),
  method(Api.messages.DeleteMessages, deleteFromBox),
  method(Api.channels.DeleteMessages, deleteFromChannel),
  method(Api.messages.SetBotCallbackAnswer, answerCallback)
]

function edit (request: Api.messages.EditMessage, caller: Caller): Api.Updates {
  checkOptions({ scheduleDate: request.scheduleDate, quickReplyShortcut: request.quickReplyShortcutId })
  const chat = chatWith(caller, resolvePeer(caller, request.peer))
  const [message] = messagesIn(caller, chat, [request.id])
  if (message === undefined || message.action !== null) throw new RpcError(400, 'MESSAGE_ID_INVALID')
  refuseIf(!mayEdit(caller, message), 'MESSAGE_AUTHOR_REQUIRED', 403)
  const changes = checkedChanges(caller, message, request)
  refuseIf(isSame(message, changes), 'MESSAGE_NOT_MODIFIED')
  const own = tellOthers(caller, changeMessage(message, changes, unixTime(caller.world)))
  return renderUpdates(caller.world, caller.account, own)
}

function mayEdit ({ account }: Caller, message: Message): boolean {
  if (message.forward !== null) return false
  const { chat } = message
  return message.author === account || (chat.kind === 'channel' && isPost(message) && mayDo(chat, account, 'edit'))
}

/** Buttons that are not given again are taken away. */
function checkedChanges (caller: Caller, message: Message, request: Api.messages.EditMessage): Changes {
  const media = request.media === null || request.media === undefined ? message.media : mediaOf(caller, request.media)
  const check = media === null ? checkedText : checkedCaption
  const content = typeof request.message === 'string' ? check(request.message, request.entities) : {}
  return { media, ...content, markup: checkedMarkup(request.replyMarkup) }
}

function isSame (message: Message, changes: Changes): boolean {
  const { text = message.text, entities = message.entities, media, markup } = changes
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  return text === message.text && media === message.media && same(entities, message.entities) && same(markup, message.markup)
}

/** Ids that are not there are passed over. */
function deleteFromBox ({ id, revoke }: Api.messages.DeleteMessages, caller: Caller): Api.messages.AffectedMessages {
  const { account, world } = caller
  const messages = id.flatMap(one => account.box.messages.get(one) ?? [])
  for (const { chat, author } of messages) {
    const foreign = chat.kind === 'group' && author !== account && !mayDo(chat, account, 'delete')
    refuseIf(foreign && revoke === true, 'MESSAGE_DELETE_FORBIDDEN', 403)
  }
  tellOthers(caller, deleteMessages(messages, unixTime(world), revoke === true ? undefined : account.box))
  return new Api.messages.AffectedMessages({ pts: account.box.pts, ptsCount: messages.length })
}

function deleteFromChannel ({ channel: input, id }: Api.channels.DeleteMessages, caller: Caller): Api.messages.AffectedMessages {
  const channel = readableChannel(caller, input)
  const messages = messagesIn(caller, channel, id)
  refuseIf(!messages.every(message => mayDelete(caller, channel, message)), 'MESSAGE_DELETE_FORBIDDEN', 403)
  tellOthers(caller, deleteMessages(messages, unixTime(caller.world)))
  return new Api.messages.AffectedMessages({ pts: channel.box.pts, ptsCount: messages.length })
}

function mayDelete ({ account }: Caller, chat: Chat, message: Message): boolean {
  return chat.kind === 'channel' && (message.author === account || mayDo(chat, account, 'delete'))
}

function answerCallback ({ queryId, message, alert, url }: Api.messages.SetBotCallbackAnswer, { world, account }: Caller): boolean {
  const query = world.queries.get(fromLong(queryId))
  if (query === undefined || query.bot !== account || query.answer !== null) throw new RpcError(400, 'QUERY_ID_INVALID')
  refuseIf((message ?? '').length > 200, 'MESSAGE_TOO_LONG')
  refuseIf(typeof url === 'string' && buttonUrl(url) === null, 'URL_INVALID')
  query.answer = { text: message ?? null, alert: alert === true, url: url ?? null }
  return true
}
