import { Api } from 'telegram'
import { BotRefused, SourceFailed, SourceGone, SourceResting } from '../errors.js'
import type { BotId, ChatId, FoundMessage } from '../media.js'
import { meaningOf } from './errors.js'
import type { Log } from './log.js'
import { mediaIn } from './media.js'
import { parseChatId, type Peers } from './peers.js'
import { inHalves, readable } from './unreadable.js'

export interface HistoryOptions {
  readonly botId: BotId
  readonly log: Log
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

export function createHistory ({ botId, log, peers, call }: HistoryOptions): History {
  const told = new Set<ChatId>()

  function channel (chatId: ChatId): Api.TypeInputChannel {
    if (parseChatId(chatId).kind !== 'channel') throw new SourceGone(`${chatId} is the id of neither a channel nor a supergroup`)
    return peers.inputChannel(chatId)
  }

  function tellUnreadable (chatId: ChatId, messageId: number | undefined): void {
    log[told.has(chatId) ? 'debug' : 'warn']({ botId, chatId, messageId }, 'a message is of a newer layer than GramJS knows: such messages are stepped over')
    told.add(chatId)
  }

  return {
    read: async (chatId, messageIds, signal) => {
      const found: FoundMessage[] = []
      const ask = (ids: readonly number[]) => ours(readable(call(askMessages(channel(chatId), ids), signal)), signal)
      for await (const { ids, answer } of inHalves(messageIds, ask)) {
        if (answer === null) tellUnreadable(chatId, ids[0])
        found.push(...answer === null ? ids.map(unread) : foundIn(answer))
      }
      return found
    },
    bound: async (chatId, signal) => {
      const { fullChat } = await ours(call(new Api.channels.GetFullChannel({ channel: channel(chatId) }), signal), signal)
      if (!(fullChat instanceof Api.ChannelFull)) throw new SourceFailed('Telegram did not describe the channel')
      return fullChat.pts
    }
  }
}

function askMessages (channel: Api.TypeInputChannel, ids: readonly number[]): Api.channels.GetMessages {
  return new Api.channels.GetMessages({ channel, id: ids.map(id => new Api.InputMessageID({ id })) })
}

function unread (messageId: number): FoundMessage {
  return { messageId, media: null, isUnreadable: true }
}

function foundIn (answer: Api.messages.TypeMessages): FoundMessage[] {
  return answer instanceof Api.messages.MessagesNotModified ? [] : answer.messages.flatMap(foundMessage)
}

// A deleted or unknown message comes back as messageEmpty.
function foundMessage (message: Api.TypeMessage): FoundMessage[] {
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
