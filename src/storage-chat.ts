import type { BotId, ChatId, MediaId, ReceivedMessage, SeenMedia, Sighting } from './media.js'

export interface StorageChatOptions {
  storageChatId: ChatId
  /** Whether some bot cannot read this file yet. */
  isLacking (id: MediaId): Promise<boolean>
  /** Whether this bot is the one that copies the file. */
  claim (id: MediaId, botId: BotId): Promise<boolean>
  copyToChat (botId: BotId, message: ReceivedMessage, media: SeenMedia, chatId: ChatId): Promise<{ messageId: number, media: SeenMedia }>
  record (sightings: readonly Sighting[]): Promise<void>
}

/**
 * Returns a function that copies a privately received file into the storage chat, where every bot sees it and
 * so learns its own way to it. Does nothing where all bots can read the file already.
 */
export function createStorageChat ({ storageChatId, isLacking, claim, copyToChat, record }: StorageChatOptions) {
  return async function share (botId: BotId, message: ReceivedMessage, media: SeenMedia): Promise<void> {
    if (!await isLacking(media.id) || !await claim(media.id, botId)) return
    const copy = await copyToChat(botId, message, media, storageChatId)
    await record([{ botId, chatId: storageChatId, messageId: copy.messageId, media: copy.media }])
  }
}
