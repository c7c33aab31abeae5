import type { BotId, ChatId, MessageContent, OutgoingMessage, ReceivedMessage } from '../media.js'
import { commandContent, refusalContent } from './commands.js'
import type { Keeper } from './keeper.js'
import { sharedNumber } from './shared-number.js'

export interface ConversationOptions {
  keeper: Keeper
  /** Whether files posted in groups and channels are answered there too. */
  replyInChats: boolean
  isAllowed (senderId: string | null): boolean
  /** Whether this bot is the one that answers a message which several bots see, and know by the same number. */
  claimAnswer (chatId: ChatId, messageId: number, botId: BotId): Promise<boolean>
  /** Carries out an owner's `/index`; resolves to whether the message was one. */
  index (botId: BotId, message: ReceivedMessage): Promise<boolean>
  send (botId: BotId, message: OutgoingMessage): Promise<unknown>
}

/** Returns a function that answers one new message, or keeps silent where silence is due. */
export function createConversation ({ keeper, replyInChats, isAllowed, claimAnswer, index, send }: ConversationOptions) {
  async function privateAnswer (message: ReceivedMessage): Promise<MessageContent | null> {
    if (!isAllowed(message.senderId)) return refusalContent(message)
    if (message.media === null) return await commandContent(message, keeper)
    return await keeper.describe(message.media.id, message.senderId)
  }

  async function reply (botId: BotId, { chat, messageId }: ReceivedMessage, content: MessageContent | null): Promise<void> {
    if (content !== null) await send(botId, { chatId: chat.id, replyTo: messageId, ...content })
  }

  async function answerInChat (botId: BotId, message: ReceivedMessage): Promise<void> {
    if (!replyInChats || message.media === null || !mayAsk(message)) return
    if (!await claimAnswer(message.chat.id, sharedNumber(message), botId)) return
    await reply(botId, message, await keeper.describe(message.media.id, message.senderId))
  }

  // A channel's posts have no sender: who may post there was decided by its owner.
  const mayAsk = (message: ReceivedMessage) => message.chat.kind === 'channel' || isAllowed(message.senderId)

  return async function answer (botId: BotId, message: ReceivedMessage): Promise<void> {
    if (await index(botId, message)) return
    if (message.chat.kind === 'private') await reply(botId, message, await privateAnswer(message))
    else await answerInChat(botId, message)
  }
}
