import { setFlagsFromString } from 'node:v8'
import closeWithGrace from 'close-with-grace'
import { type App, createApp } from './app.js'
import { loadConfig } from './config.js'
import { readDotEnv } from './dot-env.js'
import { createLog, type Log } from './log.js'
import { explainFailure } from './start-failure.js'

/**
 * How much the heap may grow before V8 collects its garbage, in percent. On a machine with much memory it would let hundreds of MB
 * pile up; with 500 viewers this is 100 MB less, and each collection is short.
 */
const heapGrowth = 40

/**
 * The young garbage is collected by the event loop's thread alone. V8 would share it between four, for which it waits: on two busy cores, with 500
 * viewers, the loop was late by 20 ms (p99) instead of 18.
 */
const scavenging = '--no-parallel-scavenge'

/** No step of the closing takes longer than it may; this is for what nobody thought of, in ms. */
const closingMs = 20_000

/** How long the bots get to log in before it is told how they are, in ms. */
const settledMs = 30_000

/** So many are named. */
const shownBots = 3

/** Serves until a signal comes, which may be before it has begun, or no bot is left. */
async function serve (): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`)
  setFlagsFromString(scavenging)
  readDotEnv()
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel)
  const stopping = new AbortController()
  const starting = createApp(config, log, stopping.signal)
  const closing = closeWithGrace({ delay: config.shutdownGraceMs + closingMs, logger: log }, async ({ err }) => {
    // Heroku repeats SIGTERM while a dyno ends; who wants it at once sends a second SIGINT.
    process.removeAllListeners('SIGTERM').on('SIGTERM', () => {})
    if (err !== undefined) log.fatal({ err }, 'an error that nothing handled ends the process')
    stopping.abort(new Error('Teleferry is stopping'))
    const app = await starting.catch(() => null)
    await app?.close()
  })
  const app = await unlessStopped(starting, stopping.signal)
  if (app === null) return
  greet(app, config.http.publicUrl, log, stopping.signal).catch(err => log.error({ err }, 'the bots could not be asked'))
  const reports = await app.noBotLeft
  log.fatal({ bots: reports.map(({ botId, reason }) => ({ botId, reason })) }, 'no bot is left, so there is nothing to serve')
  closing.uninstall()
  await app.close()
  process.exit(1)
}

/** The last line of a start: where to look, and whom to write to. */
async function greet (app: App, publicUrl: string, log: Log, signal: AbortSignal): Promise<void> {
  await app.settled(settledMs)
  const reports = app.reports()
  if (signal.aborted || reports.every(({ state }) => state === 'gone')) return
  const names = reports.flatMap(({ state, username }) => state === 'online' && username !== null ? [`@${username}`] : [])
  if (names.length === 0) log.warn(`Teleferry serves ${publicUrl}, but no bot is online yet: the lines above tell why`)
  else log.info(`Teleferry serves ${publicUrl}: open it in a browser, or send a file to ${names.slice(0, shownBots).join(' or ')}`)
}

/** `null` where the start was given up, which is no failure. */
async function unlessStopped (starting: Promise<App>, signal: AbortSignal): Promise<App | null> {
  try {
    return await starting
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

serve().catch(error => {
  process.stderr.write(`${explainFailure(error)}\n`)
  process.exit(1)
})
