import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ViewerCommands } from '../viewer/viewer-process.js'
import type { VisitSpec, VisitState } from '../viewer/visit.js'
import type { Asked } from './ask.js'
import { waitForFile } from './catalogue.js'
import { startScript } from './child.js'
import type { Ground } from './ground.js'
import type { BotFacts, FileSpec, SandboxCommands, SandboxFacts } from './sandbox-process.js'
import { type ServerProcess, type ServerSpec, startServer } from './server.js'

/** A file that the server can serve. */
export interface StagedFile extends FileSpec {
  /** Its link's path. */
  readonly path: string
}

/** A sandbox Telegram and viewers, each a process of its own. */
export interface Stage {
  readonly sandbox: Asked<SandboxCommands>
  readonly facts: SandboxFacts
  readonly bots: readonly BotFacts[]
  readonly viewers: Asked<ViewerCommands>
  readonly folder: string
  /** Starts a server over this Telegram, in a process of its own; it ends with the stage. */
  openServer (spec?: Partial<Omit<ServerSpec, 'folder' | 'profile'>>): Promise<ServerProcess>
  /** Posts a synthetic file where these bots (default: all) are, and waits until a running server has stored it. */
  addFile (spec: FileSpec, holders?: readonly BotFacts[]): Promise<StagedFile>
  /** One viewer's visit to its end. */
  visit (spec: VisitSpec): Promise<VisitState>
}

type Closing = Array<() => Promise<unknown>>

/** Builds a stage with `bots` bots and an empty database, works on it and takes it down, whatever happens. Its processes go also when this one is killed. */
export async function withStage<T> (ground: Ground, { bots }: { readonly bots: number }, work: (stage: Stage) => Promise<T>, signal: AbortSignal): Promise<T> {
  const closing: Closing = []
  try {
    return await work(await build(ground, bots, closing, signal))
  } finally {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close()
  }
}

async function build (ground: Ground, count: number, closing: Closing, signal: AbortSignal): Promise<Stage> {
  const folder = await mkdtemp(join(ground.folder, 'stage-'))
  // Of its own, so that nothing that another scenario left in their memory costs this one time.
  const open = async <C>(what: string, path: string) => {
    const child = await startScript<C>({ what, file: new URL(path, import.meta.url), folder }, signal)
    closing.push(child.stop)
    return child.line(signal)
  }
  const sandbox = await open<SandboxCommands>('the sandbox', 'sandbox-process.ts')
  const viewers = await open<ViewerCommands>('the viewers', '../viewer/viewer-process.ts')
  const databaseUrl = await ground.createDatabase()
  const facts = await sandbox.facts()
  const bots = await sandbox.createBots(count)
  const telegram = await telegramEnvironment(facts, bots, folder)
  return {
    sandbox,
    facts,
    bots,
    viewers,
    folder,
    openServer: async ({ env = {}, ...rest } = {}) => {
      const server = await startServer({ folder, profile: ground.profile, env: { ...telegram, DATABASE_URL: databaseUrl, ...env }, ...rest }, count, signal)
      closing.push(server.stop)
      return server
    },
    addFile: async (spec, holders = bots) => {
      await sandbox.post(spec, holders.map(({ id }) => id))
      return { ...spec, path: `/download/${await waitForFile(databaseUrl, spec.name, holders.length, signal)}` }
    },
    visit: async spec => {
      const [state] = await viewers.finish(await viewers.start([spec]))
      if (state === undefined) throw new Error('the viewers lost a visit')
      return state
    }
  }
}

async function telegramEnvironment (facts: SandboxFacts, bots: readonly BotFacts[], folder: string): Promise<Record<string, string>> {
  const keyPath = join(folder, 'telegram.pem')
  await writeFile(keyPath, facts.publicKeyPem)
  return {
    API_ID: String(facts.apiId),
    API_HASH: facts.apiHash,
    BOT_TOKENS: bots.map(({ token }) => token).join(','),
    TELEGRAM_SERVER: facts.server,
    TELEGRAM_PUBLIC_KEY: keyPath
  }
}
