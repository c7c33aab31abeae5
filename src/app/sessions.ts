import { beatProcess, buryProcess, enterProcess, leaveProcess, readBeats } from '../catalogue/processes.js'
import { findHolders, giveBackSession, makeSession, removeSession, saveSession, takeSession } from '../catalogue/sessions.js'
import type { HeldSession, TakenSession } from '../catalogue/sessions.js'
import type { Config } from '../config.js'
import { connect } from '../database/connect.js'
import type { Db } from '../database/connect.js'
import { isDownForAll } from '../database/down.js'
import type { SessionStore } from '../leases/lending.js'
import { startPresence } from '../leases/presence.js'
import type { Presence } from '../leases/presence.js'
import { leaseTiming } from '../leases/timing.js'
import type { Log } from '../log.js'
import type { Closing } from './closing.js'

/** A connection of its own: signs of life must not wait for a busy pool. */
export async function openPresence ({ database: { sslMode } }: Config, log: Log, url: string, closing: Closing): Promise<Presence> {
  const own = connect(url, { poolSize: 1, applicationName: 'teleferry leases', patienceMs: 2 * leaseTiming.beatMs, ...sslMode !== undefined && { sslMode } })
  closing.push({ name: 'the connection of the leases', withinMs: 500, end: () => own.destroy() })
  const presence = await startPresence({
    enter: id => enterProcess(own, id),
    beat: id => beatProcess(own, id),
    leave: id => leaveProcess(own, id),
    isDownForAll,
    timing: leaseTiming,
    log
  })
  closing.push({ name: 'the leases, which end by themselves within seconds', withinMs: 1000, end: presence.stop })
  return presence
}

export function sessionStore (db: Db): SessionStore<HeldSession> {
  const leased = (taken: TakenSession | null) => taken === null ? null : { session: taken, data: taken.data }
  return {
    take: async (botId, holder) => leased(await takeSession(db, botId, holder)),
    make: async (botId, holder) => leased(await makeSession(db, botId, holder)),
    holders: botId => findHolders(db, botId),
    beats: processes => readBeats(db, processes),
    bury: (process, beat) => buryProcess(db, process, beat),
    save: (session, data) => saveSession(db, session, data),
    remove: session => removeSession(db, session),
    giveBack: session => giveBackSession(db, session)
  }
}
