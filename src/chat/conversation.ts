import { createHash } from 'node:crypto'
import type { BotId, ChatId, OutgoingMessage, ReceivedMessage, SeenMedia } from '../media.js'
import { commandMessage, refusalMessage } from './commands.js'
import { linkMessage } from './link.js'

export interface ConversationOptions {
  /** Where the world reaches the server, without a slash at the end. */
  publicUrl: string
  /** Whether files posted in groups and channels are answered there too. */
  replyInChats: boolean
  isAllowed (senderId: string | null): boolean
  /** Whether this bot is the one that answers a message which several bots see, and know by the same number. */
  claimAnswer (chatId: ChatId, messageId: number, botId: BotId): Promise<boolean>
  send (botId: BotId, message: OutgoingMessage): Promise<void>
}

/** Returns a function that answers one new message, or keeps silent where silence is due. */
export function createConversation ({ publicUrl, replyInChats, isAllowed, claimAnswer, send }: ConversationOptions) {
  function privateAnswer (message: ReceivedMessage): OutgoingMessage {
    if (!isAllowed(message.senderId)) return refusalMessage(message)
    if (message.media === null) return commandMessage(message)
    return linkMessage(publicUrl, message.chat.id, message.messageId, message.media)
  }

  async function answerInChat (botId: BotId, message: ReceivedMessage): Promise<void> {
    if (!replyInChats || message.media === null || !mayAsk(message)) return
    if (!await claimAnswer(message.chat.id, sharedNumber(message, message.media), botId)) return
    await send(botId, linkMessage(publicUrl, message.chat.id, message.messageId, message.media))
  }

  // A channel's posts have no sender: who may post there was decided by its owner.
  const mayAsk = (message: ReceivedMessage) => message.chat.kind === 'channel' || isAllowed(message.senderId)

  return async function answer (botId: BotId, message: ReceivedMessage): Promise<void> {
    if (message.chat.kind === 'private') await send(botId, privateAnswer(message))
    else await answerInChat(botId, message)
  }
}

/**
 * The number of a message that is the same for every bot. In a basic group each account counts on its own
 * (core.telegram.org/api/updates), so there it is made from the file: who answered that once answers it again.
 */
function sharedNumber ({ chat, messageId }: ReceivedMessage, media: SeenMedia): number {
  return chat.kind === 'group' ? createHash('sha256').update(media.id).digest().readUInt32BE() >>> 1 : messageId
}
