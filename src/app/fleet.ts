import { storeIntakes } from '../catalogue/intake.js'
import { saveCopy } from '../catalogue/media-files.js'
import { findSightings } from '../catalogue/sightings.js'
import { assignSlots, takeSlot, touchBots } from '../catalogue/slots.js'
import { findUnanswered, forgetUnanswered, noteAnswered } from '../catalogue/unanswered.js'
import { loadUpdateStates } from '../catalogue/update-states.js'
import { isIndexCommand } from '../chat/indexing.js'
import { createPressed } from '../chat/presses.js'
import type { Config } from '../config.js'
import type { Db } from '../database/connect.js'
import { createFollowUp } from '../follow-up.js'
import { createIngest } from '../ingest.js'
import type { Lending } from '../leases/lending.js'
import type { LinkMaker } from '../links/links.js'
import type { Log } from '../log.js'
import type { ReceivedMessage } from '../media.js'
import type { Metrics } from '../metrics/metrics.js'
import { createOutbox } from '../outbox.js'
import { startFleet } from '../telegram/fleet.js'
import type { Fleet } from '../telegram/fleet.js'
import { unlessLate } from '../unless-late.js'
import { createAnswer, createFileKeeper } from './chat.js'
import type { Closing } from './closing.js'
import type { Files } from './files.js'
import { createRightsCheck, createSharing } from './storage-chat.js'
import { telegramOptions } from './telegram.js'

/** How long an unanswered message is worth an answer, in ms. */
const answerableMs = 24 * 60 * 60_000

/**
 * Bots are noted as present, their rights in the storage chat looked at, and what failed to follow on a message done again, this
 * often: the one absent longest gives up its slot first.
 */
const presenceMs = 60_000

/** How long answers that are under way may take while streams come to their end, in ms. */
const drainMs = 3_000

export async function openFleet (config: Config, log: Log, db: Db, files: Files, links: LinkMaker, { borrow }: Lending, metrics: Metrics, closing: Closing): Promise<{ fleet: Fleet, retire: () => Promise<void> }> {
  const botIds = config.bots.map(({ id }) => id)
  await assignSlots(db, botIds)
  const isAllowed = (senderId: string | null) => config.allowedUsers === null || (senderId !== null && (config.allowedUsers.has(senderId) || config.owners.has(senderId)))
  const outbox = createOutbox((err, lane) => log.warn({ err, lane }, 'a message was stored, but what should follow failed'))
  const since = () => new Date(Date.now() - answerableMs)
  const followUp = createFollowUp({
    tasks: { answers: (botId, message) => answer(botId, message), copies: (botId, message) => share(botId, message) },
    add: outbox.add,
    // Telegram's no is an answer, too.
    isFinal: error => error instanceof Error && 'code' in error && error.code === 'SEND_REFUSED',
    done: (botId, message) => noteAnswered(db, botId, message),
    findOpen: botId => findUnanswered(db, botId, since())
  })
  const fleet = startFleet({
    ...await telegramOptions(config),
    borrow,
    deliver: createIngest({
      isAllowed,
      wantsAnswer: (message: ReceivedMessage) => message.chat.kind === 'private' || (config.replyInChats && message.media !== null) || isIndexCommand(message.text),
      store: (botId, intakes) => storeIntakes(db, botId, intakes),
      onStored: metrics.onStored,
      onMessage: followUp.start
    }),
    onFlood: metrics.onFlood,
    onRenewal: metrics.onRenewal,
    onPress: (botId, press) => outbox.add(`presses of bot ${botId}`, () => pressed(botId, press)),
    loadStates: botId => loadUpdateStates(db, botId),
    onOnline: async ({ id, username }) => {
      // Another process may have given its slot away while it was absent.
      await takeSlot(db, id, botIds)
      await touchBots(db, [id], new Map([[id, username]]))
      await forgetUnanswered(db, since())
      await followUp.resume(id)
      outbox.add(`rights of bot ${id}`, () => checkRights(id))
    },
    findSightings: (botId, mediaId) => findSightings(db, botId, mediaId),
    saveCopy: (botId, mediaId, fileId) => saveCopy(db, botId, mediaId, fileId),
    log
  })
  const keeper = createFileKeeper(config, db, files, links)
  const answer = createAnswer(config, db, fleet, keeper, isAllowed)
  const pressed = createPressed({ keeper, isAllowed, answerPress: fleet.answerPress, edit: fleet.edit })
  const share = createSharing(config, db, fleet, isAllowed)
  const checkRights = createRightsCheck(config, db, fleet, log)
  const presence = setInterval(() => {
    notePresence(db, fleet, log)
    for (const { botId, state } of fleet.reports()) {
      if (state !== 'online') continue
      outbox.add(`rights of bot ${botId}`, () => checkRights(botId))
      outbox.add(`leftovers of bot ${botId}`, () => followUp.resume(botId))
    }
  }, presenceMs).unref()
  closing.push({ name: 'the bots', withinMs: 1500, end: fleet.stop })
  closing.push({ name: 'answers, which are given after the next start', withinMs: 500, end: outbox.drained })
  closing.push({ name: 'the notes of presence', withinMs: 500, end: async () => clearInterval(presence) })
  const retire = async () => {
    // Answers that are under way still need their bots.
    await unlessLate(outbox.drained(), Math.min(drainMs, config.shutdownGraceMs))
    fleet.retire()
  }
  return { fleet, retire }
}

function notePresence (db: Db, fleet: Fleet, log: Log): void {
  const present = fleet.reports().filter(({ state }) => state === 'online' || state === 'resting').map(({ botId }) => botId)
  touchBots(db, present).catch(err => log.warn({ err }, 'the presence of the bots could not be noted'))
}
