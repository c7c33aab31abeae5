#!/usr/bin/env node
import { loadConfig } from './config.js'
import { migrate } from './database/migrate.js'
import { readDotEnv } from './dot-env.js'
import { createLog } from './log.js'
import { explainFailure } from './start-failure.js'

const usage = `teleferry: carries files out of Telegram to anything that speaks HTTP

  teleferry serve      runs the server (also without a command)
  teleferry index      has the running server note the files that a channel or supergroup held before:
                       teleferry index <chat id> [--from <message>] [--to <message>]
  teleferry doctor     looks at settings, database, bots and addresses, and says what is wrong and what to do;
                       with --login it logs the bots in where no server runs
  teleferry migrate    brings the database to this version's schema, and ends
  teleferry demo       shows it on a Telegram of its own on this machine

Settings come from the environment, or from a file .env: see .env.example.
`

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  serve: () => import('./main.js'),
  doctor,
  index,
  migrate: migrateOnly,
  demo: async () => await (await import('./demo/demo.js')).runDemo(process.env)
}

/** Ends with 1 where something is bad. */
async function doctor (): Promise<void> {
  readDotEnv()
  const [{ examine }, { toText }, { UsageError }] = await Promise.all([import('./commands/doctor/doctor.js'), import('./commands/doctor/finding.js'), import('./commands/usage-error.js')])
  const words = process.argv.slice(3)
  const unknown = words.find(word => word !== '--login')
  if (unknown !== undefined) throw new UsageError(`${unknown} is not understood: teleferry doctor takes nothing but --login`)
  const isWell = await examine({ env: process.env, mayLogIn: words.includes('--login'), log: createLog('silent'), tell: finding => process.stdout.write(`${toText(finding)}\n`) })
  process.exit(isWell ? 0 : 1)
}

/** Interrupted, it ends; the server goes on. */
async function index (): Promise<void> {
  readDotEnv()
  const left = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => left.abort())
  const { indexChat } = await import('./commands/index-chat.js')
  if (!await indexChat(process.argv.slice(3), loadConfig(process.env), process.stdout, left.signal)) process.exitCode = 1
}

/** Where there is no DATABASE_URL the embedded PostgreSQL is migrated when the server starts it. */
async function migrateOnly (): Promise<void> {
  readDotEnv()
  const { database, logLevel } = loadConfig(process.env)
  const log = createLog(logLevel)
  if (database.url === undefined) return log.info('DATABASE_URL is not set: the embedded PostgreSQL is migrated by the server itself')
  const { url, sslMode } = database
  const applied = await migrate(url, { ...sslMode !== undefined && { sslMode }, log: message => log.info(message) })
  log.info({ applied }, applied.length === 0 ? 'the database is up to date' : 'the database was brought up to date')
}

const name = process.argv[2] ?? 'serve'
const command = commands[name]
if (command === undefined) {
  process.stderr.write(`there is no command ${name}\n\n${usage}`)
  process.exitCode = 2
} else {
  command().catch(error => {
    process.stderr.write(`${explainFailure(error)}\n`)
    process.exit(1)
  })
}
