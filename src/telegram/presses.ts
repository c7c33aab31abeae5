import { Api } from 'telegram'
import type { Press } from '../media.js'
import { chatIdOf } from './peers.js'

/** The presses of buttons with data in one frame of updates. They belong to no box and have no `pts`: who misses one misses it. */
export function readPresses (update: unknown): Press[] {
  if (update instanceof Api.Updates || update instanceof Api.UpdatesCombined) return update.updates.flatMap(readPress)
  return update instanceof Api.UpdateShort ? readPress(update.update) : []
}

/** Games are played with buttons that have no data. */
function readPress (update: Api.TypeUpdate): Press[] {
  if (!(update instanceof Api.UpdateBotCallbackQuery) || !update.data) return []
  return [{
    queryId: update.queryId.toString(),
    chatId: chatIdOf(update.peer),
    messageId: update.msgId,
    userId: update.userId.toString(),
    data: update.data.toString('utf8')
  }]
}
