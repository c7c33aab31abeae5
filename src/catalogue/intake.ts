import type { Db } from '../database/connect.js'
import { inTransaction } from '../database/transaction.js'
import type { BotId, Deletion, Progress, ReceivedMessage, Sighting, WalkRequest } from '../media.js'
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
    const steps = await lockUpdateStates(transaction, botId, intakes.map(({ progress }) => progress))
    const gaps: WalkRequest[] = []
    const fresh = intakes.filter(({ progress }) => {
      const gap = gapIn(progress, steps.lastMessageId(progress.box))
      const isFresh = steps.take(progress)
      if (isFresh && gap !== null) gaps.push(gap)
      return isFresh
    })
    await recordSightings(transaction, fresh.flatMap(({ sightings }) => sightings))
    await forgetMessages(transaction, botId, goneIn(fresh))
    await noteUnanswered(transaction, botId, fresh.flatMap(({ unanswered }) => unanswered))
    for (const gap of gaps) await queueWalk(transaction, gap, botId, 'gap')
    await steps.save()
    return new Set(fresh)
  })
}

/**
 * What is to be walked through, `last` being the last message that is stored: another process may be further, or know a channel in which
 * this one begins. Where nothing was known, nobody knows where the bot came in.
 */
function gapIn (progress: Progress, last: number | null): WalkRequest | null {
  if (progress.kind === 'closed' || progress.box === 'own' || progress.missing === undefined) return null
  const { from, to } = progress.missing
  const first = Math.max(from, (last ?? 0) + 1)
  return (last !== null || first > 1) && first <= to ? { chatId: progress.box, from: first, to } : null
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
