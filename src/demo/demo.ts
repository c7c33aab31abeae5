import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { createApp } from '../app.js'
import type { App } from '../app.js'
import { formatSize } from '../format-size.js'
import { loadConfig } from '../config.js'
import { readLogLevel } from '../config/schema.js'
import { startEmbedded } from '../database/embedded.js'
import { findFreePort } from '../free-port.js'
import { createLog } from '../log.js'
import type { Log } from '../log.js'
import { startSandbox } from '../sandbox/sandbox.js'
import type { Sandbox } from '../sandbox/sandbox.js'
import type { SandboxBot } from '../sandbox/script/bot.js'
import type { SandboxFileSpec } from '../sandbox/script/file.js'
import type { SandboxUser } from '../sandbox/script/user.js'
import { bytesContent, syntheticContent } from '../sandbox/world/content.js'

/** The video lies beside the source, where the compiler does not take it along. */
const video = new URL('../../src/demo/ferry.mp4', import.meta.url)

const say = (line: string) => process.stdout.write(`${line}\n`)

/** A bot's answer, as the user sees it. */
type Reply = Awaited<ReturnType<Sandbox['waitForReply']>>

type Closing = Array<() => Promise<unknown>>

/**
 * Shows the main job on this machine alone: a sandbox Telegram with three bots, a PostgreSQL in a temporary folder, the server, and a user
 * who sends two files. Stays up until a signal comes, then removes what it made. `LOG_LEVEL` of `env` shows the server's log.
 */
export async function runDemo (env: NodeJS.ProcessEnv): Promise<void> {
  const log = createLog(readLogLevel(env, 'silent'))
  const closing: Closing = []
  const close = async () => {
    for (let end = closing.pop(); end !== undefined; end = closing.pop()) await end()
  }
  const grace = closeWithGrace({ delay: 15_000, logger: false }, async ({ err }) => {
    if (err !== undefined) process.stderr.write(`${err.stack ?? String(err)}\n`)
    await close()
    say('\nThe demo has ended and left nothing behind.')
  })
  try {
    await startDemo(log, closing)
  } catch (error) {
    grace.uninstall()
    await close()
    throw error
  }
}

async function startDemo (log: Log, closing: Closing): Promise<void> {
  say('Teleferry demo: a Telegram of its own, three bots, PostgreSQL and the server, all on this machine\n')
  const database = await startEmbedded({ temporary: true, log: message => log.info(message) })
  closing.push(database.stop)
  say('  ✓ PostgreSQL is up, in a temporary folder')

  const sandbox = await startSandbox()
  closing.push(sandbox.close)
  say(`  ✓ the sandbox Telegram is up, with data centres ${sandbox.network.dcs.map(({ id }) => id).join(', ')}`)

  const bots = [1, 2, 3].map(number => sandbox.createBot({ username: `ferry${number}_bot` }))
  const app = await startServer(sandbox, bots, database.url, log, closing)
  await app.settled(30_000)
  say(`  ✓ ${bots.map(({ username }) => `@${username}`).join(', ')} are online; the server listens at ${app.address}\n`)

  const anna = sandbox.createUser({ firstName: 'Anna' })
  const [first, second] = bots
  if (first === undefined || second === undefined) throw new Error('the demo needs two bots')
  const ferry = await readFile(video)
  const film = await exchange(sandbox, anna, first, { kind: 'video', name: 'ferry.mp4', mimeType: 'video/mp4', content: bytesContent(ferry), durationSeconds: 48, width: 1280, height: 720 })
  const large = await exchange(sandbox, anna, second, { kind: 'document', name: 'two-gigabytes.bin', content: syntheticContent('demo', 2_000_000_000), dcId: 4 })

  say('Open this page in a browser, or the first link in a player, and seek: each second of the film has its own colour.')
  say(`      ${buttonUrl(film, 'Watch')}\n`)
  say('The second file is a formula. This shows how many its last bytes are, at once:')
  say(`      curl -s -r 1999999000- ${buttonUrl(large, 'Open')} | wc -c`)
  say('\nCtrl+C ends the demo.')
}

async function startServer (sandbox: Sandbox, bots: readonly SandboxBot[], databaseUrl: string, log: Log, closing: Closing): Promise<App> {
  const storage = sandbox.createChannel({ title: 'Storage' })
  for (const bot of bots) storage.add(bot)
  const folder = await mkdtemp(join(tmpdir(), 'teleferry-demo-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const port = await findFreePort()
  const app = await createApp(loadConfig({
    API_ID: String(sandbox.apiId),
    API_HASH: sandbox.apiHash,
    BOT_TOKENS: bots.map(({ token }) => token).join(','),
    DATABASE_URL: databaseUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STORAGE_CHAT_ID: storage.chatId,
    SHUTDOWN_GRACE: '1',
    RATE_LIMIT: '0',
    GUESS_LIMIT: '0',
    STREAM_LIMIT: '0',
    TELEGRAM_SERVER: sandbox.server,
    TELEGRAM_PUBLIC_KEY: await sandbox.writePublicKey(folder)
  }), log)
  closing.push(app.close)
  return app
}

/** The user sends a file, and the bot's answer is shown as the user sees it. */
async function exchange (sandbox: Sandbox, user: SandboxUser, bot: SandboxBot, spec: SandboxFileSpec): Promise<Reply> {
  const message = user.sendTo(bot, { media: sandbox.file(spec) })
  say(`  ${user.firstName} → @${bot.username}   ${spec.name}, ${formatSize(spec.content.size)}`)
  const reply = await sandbox.waitForReply(message, { bot, timeoutMs: 30_000 })
  say(reply.text.split('\n').map(line => `      ${line}`.trimEnd()).join('\n'))
  say(`      ${reply.buttons.map(({ text }) => `[ ${text} ]`).join(' ')}\n`)
  return reply
}

function buttonUrl ({ buttons }: Reply, text: string): string {
  const button = buttons.find(button => button.text === text)
  if (button?.kind !== 'url') throw new Error(`the bot's answer has no button ${text} with a link`)
  return button.url
}
