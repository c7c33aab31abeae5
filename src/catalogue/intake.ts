import type { Transaction } from 'kysely'
import type { Db } from '../database/connect.js'
import type { Tables } from '../database/tables.js'
import { inTransaction } from '../database/transaction.js'
import type { BotId, Deletion, Progress, ReceivedMessage, Sighting } from '../media.js'
import { queueWalk } from './backfills.js'
import { recordSightings } from './media-files.js'
import { forgetMessages } from './sightings.js'
import { noteUnanswered } from './unanswered.js'
import { lockUpdateStates } from './update-states.js'

/** One step of a box of a bot, and what it leaves in the catalogue: first the sightings, then what is gone. */
export interface Intake {
  readonly progress: Progress
  readonly sightings: readonly Sighting[]
  readonly gone: readonly Deletion[]
  /** New messages on which something must follow. */
  readonly unanswered: readonly ReceivedMessage[]
}

/**
 * Stores what a bot received together with the states that this covers, all or nothing. What was stored before, by another
 * process with the same bot, is left out; returns the intakes that were not. A file that a message showed stays when the message
 * is gone, since Telegram goes on serving it; only the place where it was seen goes. Throws StateBehind.
 */
export async function storeIntakes (db: Db, botId: BotId, intakes: readonly Intake[]): Promise<Set<Intake>> {
  return await inTransaction(db, async transaction => {
    const steps = await lockUpdateStates(transaction, botId, [...new Set(intakes.map(({ progress }) => progress.box))])
    const fresh = intakes.filter(({ progress }) => steps.take(progress))
    await recordSightings(transaction, fresh.flatMap(({ sightings }) => sightings))
    await forgetMessages(transaction, botId, goneIn(fresh))
    await noteUnanswered(transaction, botId, fresh.flatMap(({ unanswered }) => unanswered))
    for (const { progress } of fresh) await queueGap(transaction, botId, progress)
    await steps.save()
    return new Set(fresh)
  })
}

async function queueGap (transaction: Transaction<Tables>, botId: BotId, progress: Progress): Promise<void> {
  if (progress.kind !== 'moved' || progress.box === 'own' || progress.missing === undefined) return
  await queueWalk(transaction, { chatId: progress.box, ...progress.missing }, botId, 'gap')
}

/** What is gone at the end, once for each chat: a message may have lost its file and got another one since. */
function goneIn (intakes: readonly Intake[]): Deletion[] {
  const back = new Set<string>()
  const gone = new Map<Deletion['chatId'], number[]>()
  for (const { sightings, gone: deletions } of [...intakes].reverse()) {
    for (const { chatId, messageIds } of deletions) {
      gone.set(chatId, [...gone.get(chatId) ?? [], ...messageIds.filter(id => !back.has(`${chatId} ${id}`))])
    }
    for (const { chatId, messageId } of sightings) back.add(`${chatId} ${messageId}`)
  }
  return [...gone].map(([chatId, messageIds]) => ({ chatId, messageIds })).filter(({ messageIds }) => messageIds.length > 0)
}
