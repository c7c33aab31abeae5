import { logInOnce, type LogInReport } from '../../app/log-in.js'
import { readPublicKey } from '../../app/telegram.js'
import { findStorageRights, type SeenRights } from '../../catalogue/storage-rights.js'
import { countProcesses } from '../../catalogue/processes.js'
import { type Config, loadConfig } from '../../config.js'
import { ConfigError } from '../../config/problems.js'
import type { Db } from '../../database/connect.js'
import type { Log } from '../../log.js'
import { probeTelegram } from '../../telegram/probe.js'
import { databaseUrl, withDatabase } from '../database.js'
import { type BotState, examineBot, examineStorage, noServer, noTelegram, notOnline, serverElsewhere, type Unasked } from './bots.js'
import { examineClock, unreachableTelegram } from './clock.js'
import { examineDatabase, missingDatabase, sleepingDatabase } from './database.js'
import { bad, doubtful, type Finding, good } from './finding.js'
import { examinePublicUrl } from './public-url.js'
import { askServer, examineServer, isTaken, reach } from './server.js'

export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv
  /** Whether the bots may be logged in where no server runs that could tell of them. */
  readonly mayLogIn: boolean
  readonly log: Log
  /** Told of each finding at once. */
  tell (finding: Finding): void
}

/** How long bots get to log in, in ms. */
const logInMs = 30_000

/**
 * Examines settings, database, migrations, Telegram, clock, bots, their rights in the storage chat and the public address.
 * Asks the running server where there is one, and logs no bot in unless told to. Resolves to whether nothing is bad.
 */
export async function examine ({ env, mayLogIn, log, tell }: DoctorOptions): Promise<boolean> {
  let isWell = true
  const say = (...findings: Finding[]) => {
    for (const finding of findings) {
      isWell &&= finding.kind !== 'bad'
      tell(finding)
    }
  }
  const config = readSettings(env, say)
  if (config === null) return false
  const state = await readDatabase(config, say)
  const telegram = await examineTelegram(config)
  say(telegram)
  const isReachable = telegram.kind !== 'bad'
  const address = localAddress(config)
  const server = await askServer(address, config.http.adminToken)
  say(examineServer({ address, answers: server !== null, isTaken: server === null && await isTaken(address), processes: state?.processes ?? null }))
  // Without Telegram it cannot succeed, and would make a database for nothing.
  const login = server === null && mayLogIn && isReachable && state !== null && state.processes === 0 ? await logInOnce(config, log, logInMs) : null
  const unasked = whyUnasked(server !== null, login, state, isReachable)
  say(...examineBots(config, server, login, unasked ?? noServer), ...examineRights(config, state?.rights ?? [], login, unasked ?? notOnline))
  say(...examinePublicUrl(config.http.publicUrl, server === null ? null : await reach(`${config.http.publicUrl}/healthz`)))
  return isWell
}

function readSettings (env: NodeJS.ProcessEnv, say: (...findings: Finding[]) => void): Config | null {
  try {
    const config = loadConfig(env)
    say(good('settings', 'can be read'))
    return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    say(...error.problems.map(({ variable, wrong, example }) => bad(variable, wrong, `for example ${example}`)))
    return null
  }
}

interface DatabaseState { readonly processes: number, readonly rights: readonly SeenRights[] }

/** Looks at the database, and at what the server left there; `null` where it cannot be had or is not migrated. */
async function readDatabase (config: Config, say: (...findings: Finding[]) => void): Promise<DatabaseState | null> {
  try {
    if (await databaseUrl(config.database) === null) {
      say(sleepingDatabase)
      return { processes: 0, rights: [] }
    }
    return await withDatabase(config, async db => {
      const findings = await examineDatabase(db)
      say(...findings)
      return findings.some(({ kind, about }) => kind !== 'good' && about === 'migrations') ? null : await readState(config, db)
    })
  } catch (error) {
    say(missingDatabase(error instanceof Error ? error.message : String(error)))
    return null
  }
}

async function readState ({ storageChatId }: Config, db: Db): Promise<DatabaseState> {
  return { processes: await countProcesses(db), rights: storageChatId === null ? [] : await findStorageRights(db, storageChatId) }
}

async function examineTelegram ({ telegram: { server, publicKeyPath } }: Config): Promise<Finding> {
  try {
    const publicKeyPem = publicKeyPath === undefined ? undefined : await readPublicKey(publicKeyPath)
    return examineClock(await probeTelegram({ ...server !== undefined && { server }, ...publicKeyPem !== undefined && { publicKeyPem } }, new AbortController().signal))
  } catch (error) {
    if (error instanceof ConfigError || error instanceof TypeError) return bad('TELEGRAM_PUBLIC_KEY', error.message, 'name the PEM file with the RSA public key of TELEGRAM_SERVER')
    return unreachableTelegram(error instanceof Error ? error.message : String(error), server !== undefined)
  }
}

/** Where a server with these settings listens, as seen from this machine. */
function localAddress ({ http: { host, port } }: Config): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Why nobody told of the bots: `null` where somebody did. */
function whyUnasked (isServed: boolean, login: LogInReport | null, state: DatabaseState | null, isReachable: boolean): Unasked | null {
  if (isServed || login !== null) return null
  if (state !== null && state.processes > 0) return serverElsewhere
  return isReachable ? noServer : noTelegram
}

/** The server names its bots in the order of its tokens. */
function examineBots ({ bots }: Config, served: readonly BotState[] | null, login: LogInReport | null, unasked: Unasked): Finding[] {
  if (served !== null && served.length !== bots.length) {
    return [doubtful('bots', `the server runs with ${served.length} bots, and these settings name ${bots.length}`, 'restart the server, so that it takes over the settings')]
  }
  const loggedIn = (index: number): BotState | null => {
    const report = login?.bots[index]
    return report === undefined ? null : { username: report.username, state: report.state, ...report.reason !== undefined && { reason: report.reason } }
  }
  return bots.map(({ id }, index) => examineBot(index, id, served?.[index] ?? loggedIn(index) ?? unasked, served !== null))
}

function examineRights ({ bots, storageChatId }: Config, seen: readonly SeenRights[], login: LogInReport | null, unasked: Unasked): Finding[] {
  if (storageChatId === null) {
    return bots.length < 2 ? [] : [doubtful('STORAGE_CHAT_ID', 'is not set, so a file sent to one bot is served by that bot alone', 'make a private channel, add all bots as administrators, and set STORAGE_CHAT_ID to its id')]
  }
  return bots.map(({ id }, index) => {
    const known = seen.find(({ botId }) => botId === id)
    const fresh = login?.storage.get(id)
    return fresh === undefined ? examineStorage(index, id, known === undefined ? unasked : known.problem, known?.checkedAt ?? null) : examineStorage(index, id, fresh, null)
  })
}
