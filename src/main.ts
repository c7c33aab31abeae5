import { setFlagsFromString } from 'node:v8'
import closeWithGrace from 'close-with-grace'
import { createApp } from './app.js'
import { loadConfig } from './config.js'
import { readDotEnv } from './dot-env.js'
import { createLog } from './log.js'
import { explainFailure } from './start-failure.js'

/**
 * How much the heap may grow before V8 collects its garbage, in percent. On a machine with much memory it would let hundreds of MB
 * pile up; with 500 viewers this is 100 MB less, and each collection is short.
 */
const heapGrowth = 40

/** Serves until a signal comes or no bot is left. */
async function serve (): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`)
  readDotEnv()
  const config = loadConfig(process.env)
  const log = createLog(config.logLevel)
  const app = await createApp(config, log)
  const closing = closeWithGrace({ delay: config.shutdownGraceMs + 5000, logger: log }, async ({ err }) => {
    // Heroku repeats SIGTERM while a dyno ends; who wants it at once sends a second SIGINT.
    process.removeAllListeners('SIGTERM').on('SIGTERM', () => {})
    if (err !== undefined) log.fatal({ err }, 'an error that nothing handled ends the process')
    await app.close()
  })
  const reports = await app.noBotLeft
  log.fatal({ bots: reports.map(({ botId, reason }) => ({ botId, reason })) }, 'no bot is left, so there is nothing to serve')
  closing.uninstall()
  await app.close()
  process.exit(1)
}

serve().catch(error => {
  process.stderr.write(`${explainFailure(error)}\n`)
  process.exit(1)
})
