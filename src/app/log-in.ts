import type { Config } from '../config.js'
import { createLending } from '../leases/lending.js'
import { leaseTiming } from '../leases/timing.js'
import type { Log } from '../log.js'
import type { BotId, BotReport, ChatId } from '../media.js'
import { startFleet } from '../telegram/fleet.js'
import type { Fleet } from '../telegram/fleet.js'
import { closeAll, type Closing } from './closing.js'
import { openDatabase } from './database.js'
import { openPresence, sessionStore } from './sessions.js'
import { telegramOptions } from './telegram.js'

/** How the bots fare that were logged in without serving. `problem`: what hinders one in the storage chat; `undefined`: not asked. */
export interface LogInReport {
  readonly bots: BotReport[]
  readonly storage: ReadonlyMap<BotId, string | null>
}

/** Logs the bots in on their stored sessions, or anew where there is none, looks at their rights, and leaves. Takes in no update. */
export async function logInOnce (config: Config, log: Log, ms: number): Promise<LogInReport> {
  const closing: Closing = []
  try {
    const { db, url } = await openDatabase(config, log, closing)
    const presence = await openPresence(config, log, url, closing)
    const { borrow } = createLending({ presence, store: sessionStore(db), timing: leaseTiming, log })
    const fleet = startFleet({
      ...await telegramOptions(config),
      borrow,
      // Without their states the bots fetch nothing, and what is not taken in comes again to the server.
      loadStates: async () => await new Promise<never>(() => {}),
      deliver: async () => { throw new Error('not serving') },
      onOnline: async () => {},
      findSightings: async () => [],
      saveCopy: async () => {},
      log
    })
    // A new key that is not stored would cost another log-in, and nobody waits for the end of this.
    closing.push({ name: 'the bots', withinMs: 10_000, end: fleet.stop })
    await fleet.settled(ms)
    const bots = fleet.reports()
    return { bots, storage: await rightsOf(fleet, bots, config.storageChatId) }
  } finally {
    await closeAll(closing, log)
  }
}

async function rightsOf (fleet: Fleet, bots: readonly BotReport[], storageChatId: ChatId | null): Promise<Map<BotId, string | null>> {
  const online = storageChatId === null ? [] : bots.filter(({ state }) => state === 'online')
  const asked = online.map(async ({ botId }) => [botId, await fleet.mayPost(botId, storageChatId ?? '' as ChatId)] as const)
  return new Map((await Promise.allSettled(asked)).flatMap(result => result.status === 'fulfilled' ? [result.value] : []))
}
