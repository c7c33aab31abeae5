import { claimAnswer } from '../catalogue/answers.js'
import { cancelWalks, findWalk, noteWalkNotice, queueWalk } from '../catalogue/backfills.js'
import { findMedia } from '../catalogue/media-files.js'
import { findSenders } from '../catalogue/uploads.js'
import { createConversation } from '../chat/conversation.js'
import { createIndexing } from '../chat/indexing.js'
import { createKeeper } from '../chat/keeper.js'
import type { Keeper } from '../chat/keeper.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import type { LinkMaker } from '../links/links.js'
import type { Fleet } from '../telegram/fleet.js'
import type { Files } from './files.js'

export type IsAllowed = (senderId: string | null) => boolean

export function createFileKeeper ({ owners }: Config, db: Db, files: Files, links: LinkMaker) {
  return createKeeper({
    links,
    isOwner: userId => owners.has(userId),
    find: async id => {
      const found = await findMedia(db, id)
      return found && { ...found, senders: await findSenders(db, id) }
    },
    revoke: files.revoke,
    unblock: files.unblock
  })
}

export function createAnswer ({ replyInChats, owners }: Config, db: Db, fleet: Fleet, keeper: Keeper, isAllowed: IsAllowed) {
  return createConversation({
    keeper,
    replyInChats,
    isAllowed,
    claimAnswer: (chatId, messageId, botId) => claimAnswer(db, chatId, messageId, botId),
    index: createIndexing({
      isOwner: userId => owners.has(userId),
      usernameOf: id => fleet.reports().find(({ botId }) => botId === id)?.username ?? null,
      claimAnswer: (chatId, messageId, botId) => claimAnswer(db, chatId, messageId, botId),
      queue: (request, askedBy) => queueWalk(db, request, null, askedBy),
      noteNotice: (id, notice) => noteWalkNotice(db, id, notice),
      find: id => findWalk(db, id),
      cancel: chatId => cancelWalks(db, chatId),
      send: fleet.send,
      edit: fleet.edit
    }),
    send: fleet.send
  })
}
