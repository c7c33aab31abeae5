import { Api } from 'telegram'
import type { ChatId, SeenMedia } from '../media.js'
import { mediaIn } from './media.js'
import { parseChatId, type Peers } from './peers.js'

/** The method that gives a chat's messages. */
export function methodFor (chatId: ChatId): 'channels.getMessages' | 'messages.getMessages' {
  return parseChatId(chatId).kind === 'channel' ? 'channels.getMessages' : 'messages.getMessages'
}

export interface FetchMediaOptions {
  readonly peers: Peers
  call<R extends Api.AnyRequest> (request: R): Promise<R['__response']>
}

/**
 * Returns the function that asks Telegram for a message again: its file, or null where the message or the file is gone.
 * Ids in private chats and groups are the bot's own, those in channels and supergroups are shared.
 */
export function createFetchMedia ({ peers, call }: FetchMediaOptions) {
  return async function fetchMedia (chatId: ChatId, messageId: number): Promise<SeenMedia | null> {
    const id = [new Api.InputMessageID({ id: messageId })]
    const answer = methodFor(chatId) === 'channels.getMessages'
      ? await call(new Api.channels.GetMessages({ channel: peers.inputChannel(chatId), id }))
      : await call(new Api.messages.GetMessages({ id }))
    if (answer instanceof Api.messages.MessagesNotModified) return null
    // A deleted or unknown message comes back as messageEmpty.
    const message = answer.messages.find(message => message.id === messageId)
    return message instanceof Api.Message ? mediaIn(message.media, message.date) : null
  }
}
