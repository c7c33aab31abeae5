import { Api } from 'telegram'
import { BotRefused, SourceFailed, SourceGone, SourceResting } from '../errors.js'
import type { ChatId, FoundMessage } from '../media.js'
import { meaningOf } from './errors.js'
import { mediaIn } from './media.js'
import { parseChatId, type Peers } from './peers.js'

export interface HistoryOptions {
  readonly peers: Peers
  call<R extends Api.AnyRequest> (request: R, signal?: AbortSignal): Promise<R['__response']>
}

/** What a channel or supergroup held before: bots may not list it, but ask for messages by id. */
export interface History {
  /**
   * Those of up to 100 messages that are there. Throws SourceResting, SourceGone where the bot may not read there or
   * the chat is neither channel nor supergroup, BotRefused, SourceFailed, or the reason of `signal`.
   */
  read (chatId: ChatId, messageIds: readonly number[], signal: AbortSignal): Promise<FoundMessage[]>
  /** An id that no message has passed yet: each message makes the channel's `pts` rise. core.telegram.org/api/updates. Throws as `read` does. */
  bound (chatId: ChatId, signal: AbortSignal): Promise<number>
}

export function createHistory ({ peers, call }: HistoryOptions): History {
  function channel (chatId: ChatId): Api.TypeInputChannel {
    if (parseChatId(chatId).kind !== 'channel') throw new SourceGone(`${chatId} is the id of neither a channel nor a supergroup`)
    return peers.inputChannel(chatId)
  }

  return {
    read: async (chatId, messageIds, signal) => {
      const id = messageIds.map(id => new Api.InputMessageID({ id }))
      const answer = await ours(call(new Api.channels.GetMessages({ channel: channel(chatId), id }), signal), signal)
      if (answer instanceof Api.messages.MessagesNotModified) return []
      return answer.messages.flatMap(found)
    },
    bound: async (chatId, signal) => {
      const { fullChat } = await ours(call(new Api.channels.GetFullChannel({ channel: channel(chatId) }), signal), signal)
      if (!(fullChat instanceof Api.ChannelFull)) throw new SourceFailed('Telegram did not describe the channel')
      return fullChat.pts
    }
  }
}

// A deleted or unknown message comes back as messageEmpty.
function found (message: Api.TypeMessage): FoundMessage[] {
  if (message instanceof Api.MessageEmpty) return []
  return [{ messageId: message.id, media: message instanceof Api.Message ? mediaIn(message.media, message.date) : null }]
}

async function ours<T> (answer: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SourceResting || error instanceof BotRefused) throw error
    const meaning = meaningOf(error)
    if (meaning.kind === 'wait') throw new SourceResting(meaning.seconds, { cause: error })
    if (meaning.kind === 'no-access' || meaning.kind === 'bad-request') throw new SourceGone(meaning.reason, { cause: error })
    throw new SourceFailed(meaning.reason, { cause: error })
  }
}
