#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { UsageError } from './commands/usage-error.js'
import { program, usage, usages } from './commands/words.js'
import { loadConfig } from './config.js'
import { migrate } from './database/migrate.js'
import { readDotEnv } from './dot-env.js'
import { createLog } from './log.js'
import { explainFailure } from './start-failure.js'

type Words = readonly string[]

const commands: Readonly<Record<string, (words: Words) => unknown>> = {
  serve: async words => {
    takesNothing('serve', words)
    await import('./main.js')
  },
  doctor,
  index,
  migrate: migrateOnly,
  demo: async words => {
    takesNothing('demo', words)
    await (await import('./demo/demo.js')).runDemo(process.env)
  },
  help: ([name, ...rest]) => {
    if (rest.length > 0 || (name !== undefined && usages[name] === undefined)) throw new UsageError(`help takes the name of one command: ${Object.keys(usages).join(', ')}`)
    process.stdout.write(name === undefined ? usage : usages[name] ?? usage)
  },
  version: async words => {
    takesNothing('version', words)
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
    process.stdout.write(`${version}\n`)
  }
}

/** What people write for a command without thinking. */
const aliases: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help', '--version': 'version', '-v': 'version' }

function takesNothing (name: string, [word]: Words): void {
  if (word !== undefined) throw new UsageError(`${word} is not understood: ${name} takes nothing`)
}

/** Ends with 1 where something is bad. */
async function doctor (words: Words): Promise<void> {
  const unknown = words.find(word => word !== '--login')
  if (unknown !== undefined) throw new UsageError(`${unknown} is not understood: doctor takes nothing but --login`)
  readDotEnv()
  const [{ examine }, { toText }] = await Promise.all([import('./commands/doctor/doctor.js'), import('./commands/doctor/finding.js')])
  const isWell = await examine({ env: process.env, mayLogIn: words.includes('--login'), log: createLog('silent'), tell: finding => process.stdout.write(`${toText(finding)}\n`) })
  process.exit(isWell ? 0 : 1)
}

/** Interrupted, it ends; the server goes on. */
async function index (words: Words): Promise<void> {
  const { indexChat, readIndexRequest } = await import('./commands/index-chat.js')
  const request = readIndexRequest(words)
  readDotEnv()
  const left = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => left.abort())
  if (!await indexChat(request, loadConfig(process.env), process.stdout, left.signal)) process.exitCode = 1
}

/** Where there is no DATABASE_URL the embedded PostgreSQL is migrated when the server starts it. */
async function migrateOnly (words: Words): Promise<void> {
  takesNothing('migrate', words)
  readDotEnv()
  const { database, logLevel } = loadConfig(process.env)
  const log = createLog(logLevel)
  if (database.url === undefined) return log.info('DATABASE_URL is not set: the embedded PostgreSQL is migrated by the server itself')
  const { url, sslMode } = database
  const applied = await migrate(url, { ...sslMode !== undefined && { sslMode }, log: message => log.info(message) })
  log.info({ applied }, applied.length === 0 ? 'the database is up to date' : 'the database was brought up to date')
}

/** Runs the command that the words name. */
async function run ([first = 'serve', ...words]: Words): Promise<void> {
  const name = aliases[first] ?? first
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`there is no command ${first}\n\n${usage}`)
  if (words.some(word => word === '--help' || word === '-h')) process.stdout.write(usages[name] ?? usage)
  else await command(words)
}

run(process.argv.slice(2)).catch(error => {
  const isUsage = error instanceof UsageError
  process.stderr.write(`${explainFailure(error)}\n`)
  if (isUsage && !error.message.includes(program)) process.stderr.write(`${program} help tells what there is\n`)
  // 2: called wrongly, as with the usual programs.
  process.exit(isUsage ? 2 : 1)
})
