import type { ConnectionFacts, FaultRule, Facts, Shape, Statistics } from '../../src/sandbox/network/types.js'
import type { Sandbox } from '../../src/sandbox/sandbox.js'
import type { SandboxBot } from '../../src/sandbox/script/bot.js'
import type { FileLocation, SandboxFile } from '../../src/sandbox/script/file.js'
import { loadContent, loadSandbox } from '../product.js'
import { answer } from './answer.js'
import { createRateLimit, type RateLimit, type RateLimitSpec } from './rate-limit.js'

/** A bot: its decimal id and its token. */
export interface BotFacts {
  readonly id: string
  readonly token: string
}

/** Where and how to connect. */
export interface SandboxFacts {
  readonly server: string
  readonly publicKeyPem: string
  readonly apiId: number
  readonly apiHash: string
  readonly dcs: ReadonlyArray<{ readonly id: number, readonly host: string, readonly port: number }>
}

/** A file that exists as a formula, seeded with its name. `size` in bytes. */
export interface FileSpec {
  readonly name: string
  readonly size: number
}

/** A `Shape`, `FaultRule` or freeze that travels between processes: it matches by equal facts. */
export type ShapeData = Omit<Shape, 'match'> & { readonly match: Partial<ConnectionFacts> }
export type FaultData = Omit<FaultRule, 'match'> & { readonly match: Partial<Facts> }

/** Something in force until `lift`ed. */
export type Handle = number

const { startSandbox } = await loadSandbox()
const { syntheticContent } = await loadContent()
const sandbox = await startSandbox()

/** The strings of a sandbox that another process may pull. */
export type SandboxCommands = ReturnType<typeof createCommands>

function createCommands (sandbox: Sandbox) {
  const bots = new Map<string, SandboxBot>()
  const files = new Map<string, SandboxFile>()
  const lifts = new Map<Handle, () => void>()
  let handles = 0

  const bot = (id: string) => found(bots, id, 'bot')
  const keep = (lift: () => void): Handle => {
    lifts.set(++handles, lift)
    return handles
  }
  const createBot = (): BotFacts => {
    const made = sandbox.createBot()
    bots.set(made.id, made)
    return { id: made.id, token: made.token }
  }
  return {
    facts: (): SandboxFacts => ({
      server: sandbox.server,
      publicKeyPem: sandbox.publicKeyPem,
      apiId: sandbox.apiId,
      apiHash: sandbox.apiHash,
      dcs: sandbox.network.dcs.map(({ id, host, port }) => ({ id, host, port }))
    }),
    createBots: (count: number): BotFacts[] => Array.from({ length: count }, createBot),
    /** Posts the file in a new channel where exactly these bots are. */
    post: ({ name, size }: FileSpec, botIds: readonly string[]): void => {
      const channel = sandbox.createChannel({ title: `for ${name}` })
      for (const id of botIds) channel.add(bot(id))
      const file = sandbox.file({ kind: 'document', name, content: syntheticContent(name, size) })
      files.set(name, file)
      channel.post({ media: file })
    },
    locationFor: (botId: string, name: string): FileLocation => sandbox.locationFor(bot(botId), found(files, name, 'file')),
    shape: (shape: ShapeData): Handle => keep(sandbox.shape(shape).remove),
    fault: (rule: FaultData): Handle => keep(sandbox.faults.add(rule).remove),
    freeze: (match: Partial<ConnectionFacts>): Handle => keep(sandbox.freeze(match).remove),
    limitRate: (limit: RateLimitSpec): Handle => keep(floodAbove(sandbox, limit)),
    lift: (handle: Handle): void => {
      lifts.get(handle)?.()
      lifts.delete(handle)
    },
    disconnect: (match: Partial<ConnectionFacts>): number => sandbox.disconnect(match),
    deactivate: (botId: string): void => bot(botId).deactivate(),
    expireReferences: (): void => sandbox.expireReferences(),
    stats: (): Statistics => sandbox.stats()
  }
}

/** Floods each bot that asks for parts of files more often than allowed. Returns how to end that. */
function floodAbove (sandbox: Sandbox, limit: RateLimitSpec): () => void {
  const limits = new Map<string | null, RateLimit>()
  const limitOf = (accountId: string | null): RateLimit => {
    const one = limits.get(accountId) ?? createRateLimit(limit)
    limits.set(accountId, one)
    return one
  }
  const match = ({ event, method, accountId }: Facts) =>
    event === 'call' && method === 'upload.GetFile' && limitOf(accountId).refuses(performance.now())
  return sandbox.faults.add({ match, action: { kind: 'error', code: 420, message: `FLOOD_WAIT_${limit.waitSeconds}` } }).remove
}

function found<T> (things: ReadonlyMap<string, T>, key: string, what: string): T {
  const thing = things.get(key)
  if (thing === undefined) throw new Error(`the sandbox has no ${what} ${key}`)
  return thing
}

answer(createCommands(sandbox))
