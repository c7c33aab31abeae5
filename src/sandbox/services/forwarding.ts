import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { renderUpdates } from '../tl/updates.js'
import type { Chat } from '../world/chats.js'
import { boxOf, type Draft, type Forward, idIn, isPost, type Message, writeMessage } from '../world/messages.js'
import { unixTime } from '../world/world.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { chatWith, resolvePeer, writableChat } from './peers.js'
import { checkOptions, checkRandomId, messagesIn, tellOthers } from './sending.js'

/** `messages.forwardMessages`. */
export const forwardingMethods: readonly Method[] = [
  method(Api.messages.ForwardMessages, forward)
]

function forward (request: Api.messages.ForwardMessages, caller: Caller): Api.Updates {
  checkOptions(request)
  refuseIf(request.id.length === 0, 'MESSAGE_IDS_EMPTY')
  const randomIds = request.randomId ?? []
  refuseIf(randomIds.length !== request.id.length, 'RANDOM_ID_INVALID')
  const from = chatWith(caller, resolvePeer(caller, request.fromPeer))
  const to = writableChat(caller, resolvePeer(caller, request.toPeer))
  const messages = messagesIn(caller, from, request.id).filter(message => message.action === null)
  refuseIf(messages.length !== request.id.length, 'MESSAGE_ID_INVALID')
  return write(caller, messages.map(message => copyOf(caller, message, to, request)), randomIds)
}

/** Either all are written or none. */
function write (caller: Caller, drafts: readonly Draft[], randomIds: readonly Api.long[]): Api.Updates {
  const { world, account } = caller
  const taken = randomIds.map(randomId => checkRandomId(caller, randomId))
  refuseIf(new Set(taken).size !== taken.length, 'RANDOM_ID_DUPLICATE', 500)
  const written = drafts.map(draft => writeMessage(draft, unixTime(world)))
  for (const id of taken) account.randomIds.add(id)
  const own = tellOthers(caller, written.flatMap(({ deliveries }) => deliveries))
  const ids = written.map(({ message }, index) => updateId(caller, message, randomIds[index]))
  return renderUpdates(world, account, own, ids)
}

function updateId ({ account }: Caller, message: Message, randomId: Api.long | undefined): Api.UpdateMessageID {
  if (randomId === undefined) throw new RpcError(400, 'RANDOM_ID_INVALID')
  return new Api.UpdateMessageID({ id: idIn(message, boxOf(message.chat, account)), randomId })
}

function copyOf (caller: Caller, message: Message, chat: Chat, { dropAuthor, dropMediaCaptions }: Api.messages.ForwardMessages): Draft {
  const bare = dropMediaCaptions === true && message.media !== null
  return {
    chat,
    author: caller.account,
    text: bare ? '' : message.text,
    entities: bare ? [] : message.entities,
    media: message.media,
    forward: dropAuthor === true ? null : originOf(message),
    // an album stays one, under another number
    groupedId: message.groupedId === null ? null : caller.world.secrets.id('forwarded album', message.groupedId, chat.key)
  }
}

function originOf (message: Message): Forward {
  if (message.forward !== null) return message.forward
  const { chat, author, date } = message
  if (chat.kind === 'channel' && isPost(message)) return { from: chat, date, postId: idIn(message, chat.box) }
  return { from: author, date, postId: null }
}
