import { Api } from 'telegram'
import type { Box } from '../world/boxes.js'
import { type Action, type Forward, idIn, isPost, type Message } from '../world/messages.js'
import { toLong } from './long.js'
import { renderMarkup } from './markup.js'
import { renderMedia, startsUnread } from './media.js'
import { renderEntity } from './text.js'
import { chatPeer, type View } from './view.js'

/** A message as the view's account has it in `box`. */
export function renderMessage (view: View, message: Message, box: Box): Api.TypeMessage {
  const common = commonFields(view, message, box)
  const action = message.action
  if (action !== null) return new Api.MessageService({ ...common, action: renderAction(view, message, action) })
  return new Api.Message({
    ...common,
    message: message.text,
    ...contentFields(view, message),
    ...(message.forward === null ? {} : { fwdFrom: renderForward(view, message.forward) }),
    ...(message.editDate === null ? {} : { editDate: message.editDate }),
    ...(message.groupedId === null ? {} : { groupedId: toLong(message.groupedId) }),
    ...(isPost(message) ? { views: 1, forwards: 0 } : {})
  })
}

function renderForward (view: View, forward: Forward): Api.MessageFwdHeader {
  return new Api.MessageFwdHeader({
    fromId: view.peer(forward.from),
    date: forward.date,
    ...(forward.postId === null ? {} : { channelPost: forward.postId })
  })
}

/** The message that `message` answers, by its id in `box`. */
export function renderReply (message: Message, box: Box): { replyTo?: Api.MessageReplyHeader } {
  const answered = message.replyTo
  if (answered === null || !answered.ids.has(box)) return {}
  return { replyTo: new Api.MessageReplyHeader({ replyToMsgId: idIn(answered, box) }) }
}

function commonFields (view: View, message: Message, box: Box) {
  const out = message.author === view.account
  // in a private chat the sender of an incoming message is the chat itself
  const named = !isPost(message) && (out || message.chat.kind !== 'private')
  return {
    id: idIn(message, box),
    peerId: chatPeer(view, message.chat),
    date: message.date,
    out,
    post: isPost(message),
    ...(named ? { fromId: view.peer(message.author) } : {}),
    ...renderReply(message, box)
  }
}

function contentFields (view: View, { media, markup, entities, author }: Message) {
  return {
    ...(media === null ? {} : { media: renderMedia(view.world, view.account, media), mediaUnread: startsUnread(media) && author !== view.account }),
    ...(markup === null ? {} : { replyMarkup: renderMarkup(markup) }),
    ...(entities.length === 0 ? {} : { entities: entities.map(renderEntity) })
  }
}

function renderAction (view: View, { chat }: Message, action: Action): Api.TypeMessageAction {
  if (action.kind === 'created') return renderCreation(chat.kind === 'private' ? '' : chat.title, chat.kind === 'channel')
  const userId = toLong(action.account.id)
  view.peer(action.account)
  if (action.kind === 'added') return new Api.MessageActionChatAddUser({ users: [userId] })
  return new Api.MessageActionChatDeleteUser({ userId })
}

function renderCreation (title: string, channel: boolean): Api.TypeMessageAction {
  return channel ? new Api.MessageActionChannelCreate({ title }) : new Api.MessageActionChatCreate({ title, users: [] })
}
