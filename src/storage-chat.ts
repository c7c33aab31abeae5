import type { BotId, ChatId, MediaId, ReceivedMessage, SeenMedia, Sighting } from './media.js'

export interface StorageChatOptions {
  storageChatId: ChatId
  isAllowed (senderId: string | null): boolean
  /** Whether some bot cannot read this file yet. */
  isLacking (id: MediaId): Promise<boolean>
  /** Whether this bot is the one that copies the file. */
  claim (id: MediaId, botId: BotId): Promise<boolean>
  copyToChat (botId: BotId, from: { readonly chatId: ChatId, readonly messageId: number }, media: SeenMedia, chatId: ChatId): Promise<{ messageId: number, media: SeenMedia }>
  /** Stores the copy as what this bot saw. */
  keep (sighting: Sighting): Promise<void>
}

/**
 * Returns a function that copies the file of a new private message into the storage chat, where every bot sees it and
 * so learns its own way to it. Does nothing where all bots can read the file already.
 */
export function createStorageChat ({ storageChatId, isAllowed, isLacking, claim, copyToChat, keep }: StorageChatOptions) {
  return async function share (botId: BotId, message: ReceivedMessage): Promise<void> {
    const { media } = message
    if (message.chat.kind !== 'private' || media === null || !isAllowed(message.senderId)) return
    if (!await isLacking(media.id) || !await claim(media.id, botId)) return
    const from = { chatId: message.chat.id, messageId: message.messageId }
    const copy = await copyToChat(botId, from, media, storageChatId)
    await keep({ botId, chatId: storageChatId, messageId: copy.messageId, media: copy.media })
  }
}
