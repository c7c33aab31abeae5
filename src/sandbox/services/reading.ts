import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { fromLong } from '../tl/long.js'
import { renderMessage } from '../tl/messages.js'
import { createView, type View } from '../tl/view.js'
import type { Box } from '../world/boxes.js'
import { idIn } from '../world/messages.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { readableChannel } from './peers.js'

/** `messages.getMessages` and `channels.getMessages`. */
export const readingMethods: readonly Method[] = [
  method(Api.messages.GetMessages, ({ id }, caller) => {
    const view = createView(caller.world, caller.account)
    const messages = readMessages(view, caller.account.box, id)
    return new Api.messages.Messages({ messages, users: view.users(), chats: view.chats() })
  }),
  method(Api.channels.GetMessages, ({ channel, id }, caller) => channelMessages(caller, channel, id))
]

function channelMessages (caller: Caller, channel: unknown, ids: readonly unknown[]): Api.messages.ChannelMessages {
  const { box } = readableChannel(caller, channel)
  refuseIf(ids.length === 0, 'MESSAGE_IDS_EMPTY')
  const view = createView(caller.world, caller.account)
  const messages = readMessages(view, box, ids)
  return new Api.messages.ChannelMessages({ pts: box.pts, count: messages.length, messages, topics: [], users: view.users(), chats: view.chats() })
}

/** Ids that are not, or no longer, in the box come back as `messageEmpty`. */
function readMessages (view: View, box: Box, ids: readonly unknown[]): Api.TypeMessage[] {
  return ids.map(input => {
    const id = wantedId(view, box, input)
    const message = box.messages.get(id)
    return message === undefined ? new Api.MessageEmpty({ id }) : renderMessage(view, message, box)
  })
}

function wantedId (view: View, box: Box, input: unknown): number {
  if (input instanceof Api.InputMessageID) return input.id
  if (input instanceof Api.InputMessageReplyTo) {
    const answered = box.messages.get(input.id)?.replyTo
    return answered?.ids.get(box) ?? 0
  }
  if (input instanceof Api.InputMessageCallbackQuery) {
    const query = view.world.queries.get(fromLong(input.queryId))
    if (query === undefined || query.bot !== view.account) throw new RpcError(400, 'QUERY_ID_INVALID')
    return idIn(query.message, box)
  }
  throw new RpcError(400, 'MSG_ID_INVALID')
}
