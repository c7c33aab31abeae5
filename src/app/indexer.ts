import { steadyClock } from '../steady-clock.js'
import { runWalk, WalkLost } from '../backfill/walk.js'
import { startWorker } from '../backfill/worker.js'
import { endWalk, findWalk, findWalkers, giveBackWalk, moveWalk, queueWalk, takeWalk } from '../catalogue/backfills.js'
import { recordSightings } from '../catalogue/media-files.js'
import { buryProcess, readBeats } from '../catalogue/processes.js'
import { forgetVanished } from '../catalogue/sightings.js'
import { walkText } from '../chat/walk-text.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import { inTransaction } from '../database/transaction.js'
import type { Presence } from '../leases/presence.js'
import { leaseTiming } from '../leases/timing.js'
import { createUndertaker } from '../leases/undertaker.js'
import type { Log } from '../log.js'
import type { Fleet } from '../telegram/fleet.js'

/** How long the other bots, once they are through with a step, wait for one that rests or fails while they index a chat together, in ms. */
const indexPatienceMs = 60_000

/** Carries out the walks that were queued: by the command `index`, by `/index`, or because updates are missing. */
export function openIndexer (
  { bots, indexRate }: Pick<Config, 'bots' | 'indexRate'>, log: Log, db: Db, presence: Pick<Presence, 'term'>, fleet: Pick<Fleet, 'canServe' | 'remaining' | 'history' | 'edit'>
) {
  const undertaker = createUndertaker({ beats: ids => readBeats(db, ids), bury: (id, beat) => buryProcess(db, id, beat), deadMs: leaseTiming.deadMs, log })
  return startWorker({
    presence,
    log,
    isReady: fleet.canServe,
    // Another process may have a bot that this one lacks, or its new token.
    take: (holder, underway, which) => takeWalk(db, holder, underway, which, fleet.remaining()),
    buryTheDead: async () => { await undertaker(await findWalkers(db)) },
    walk: async (walk, holder, onProgress, signal) => await runWalk(walk, {
      bots: bots.map(({ id }) => id),
      read: (botId, ...parameters) => fleet.history(botId).read(...parameters),
      bound: (botId, ...parameters) => fleet.history(botId).bound(...parameters),
      messagesPerSecond: indexRate,
      patienceMs: indexPatienceMs,
      backoffMs: 1_000,
      clock: steadyClock,
      store: async ({ sightings, without }, progress) => {
        await inTransaction(db, async transaction => {
          await recordSightings(transaction, sightings, { isOfWalk: true })
          for (const { botId, messageIds } of without) await forgetVanished(transaction, botId, walk.chatId, messageIds)
          if (!await moveWalk(transaction, walk.id, holder, progress)) throw new WalkLost('it was cancelled, or another process has it')
        })
        onProgress()
      },
      leaveBehind: async (botId, from, to) => { await queueWalk(db, { chatId: walk.chatId, from, to }, botId, 'late') }
    }, signal),
    end: (walk, holder, state, reason) => endWalk(db, walk.id, holder, state, reason),
    giveBack: (walk, holder) => giveBackWalk(db, walk.id, holder),
    // As it is stored: it may have been cancelled, or another process may be further.
    show: async id => {
      const walk = await findWalk(db, id)
      if (walk?.notice) await fleet.edit(walk.notice.botId, { ...walk.notice, text: walkText(walk) })
    }
  })
}
