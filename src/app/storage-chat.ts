import { lackingBots, recordSightings } from '../catalogue/media-files.js'
import { claimStorageCopy, noteStorageCopy } from '../catalogue/storage-copies.js'
import { noteStorageRights } from '../catalogue/storage-rights.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import type { Log } from '../log.js'
import type { BotId } from '../media.js'
import { createStorageChat } from '../storage-chat.js'
import type { Fleet } from '../telegram/fleet.js'
import type { IsAllowed } from './chat.js'

/** Copies privately received files to where every bot sees them; without a storage chat, does nothing. */
export function createSharing ({ storageChatId }: Config, db: Db, fleet: Fleet, isAllowed: IsAllowed) {
  if (storageChatId === null) return async () => {}
  return createStorageChat({
    storageChatId,
    isAllowed,
    // A bot that was turned away keeps its slot, and would lack every file.
    isLacking: async id => (await lackingBots(db, id, fleet.remaining())).length > 0,
    claim: (id, botId) => claimStorageCopy(db, id, botId),
    copyToChat: fleet.copyToChat,
    keep: async sighting => {
      await recordSightings(db, [sighting])
      await noteStorageCopy(db, sighting.media.id, sighting.messageId)
    }
  })
}

/** Looks whether a bot may post in the storage chat, and says so in the log when that has changed; without one, does nothing. */
export function createRightsCheck ({ storageChatId }: Config, db: Db, fleet: Fleet, log: Log) {
  return async function checkRights (botId: BotId): Promise<void> {
    if (storageChatId === null) return
    const problem = await fleet.mayPost(botId, storageChatId).catch(err => {
      log.debug({ botId, err }, 'the rights of a bot in the storage chat could not be looked at')
      return undefined
    })
    if (problem === undefined) return
    if (!await noteStorageRights(db, botId, storageChatId, problem)) return
    if (problem === null) log.info({ botId }, 'bot may copy files into the storage chat')
    else log.warn({ botId, problem }, 'bot cannot copy files into the storage chat (STORAGE_CHAT_ID)')
  }
}
