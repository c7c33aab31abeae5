import { findFreePort } from '../../src/free-port.js'
import { serverProgram } from '../product.js'
import { readUsage, type Usage } from '../measure/usage.js'
import { startChild } from './child.js'
import { type Cipher, cipherOf, environmentOf } from './cipher.js'
import { poll } from './poll.js'

/** What `measure/probe.mjs` answers. */
interface ProbeCommands {
  usage (): Usage
  resetDelay (): void
  delay (): { readonly p99Ms: number, readonly maxMs: number }
  sent (): { readonly responses: number, readonly bytes: number }
  addons (): string[]
}

/** A line of the server's log at level warning or above. */
export interface Complaint {
  readonly level: number
  readonly text: string
}

/** A running server, and what can be measured of it. */
export interface ServerProcess {
  /** Such as `http://127.0.0.1:8080`. */
  readonly base: string
  usage (): Promise<Usage>
  cipher (): Promise<Cipher>
  resetDelay (): Promise<void>
  /** How late the event loop was, in ms, since the start or the last reset. */
  delay (): Promise<{ readonly p99Ms: number, readonly maxMs: number }>
  /** Bytes that were written to the sockets of the responses that are over. */
  sent (): Promise<{ readonly responses: number, readonly bytes: number }>
  /** What it warned of so far. */
  complaints (): readonly Complaint[]
  /** The state of each bot, as /readyz tells it. */
  botStates (): Promise<string[]>
  stop (): Promise<void>
}

/** What to start it with. Without `cipher` it uses the best it has. */
export interface ServerSpec {
  readonly env: Readonly<Record<string, string>>
  readonly cipher?: Cipher
  readonly folder: string
  /** Where its CPU profile goes. */
  readonly profile: string | null
}

const onlineWithinMs = 45_000

/** Starts `node dist/main.js` with this environment and no other, and waits until `bots` bots are online. */
export async function startServer ({ env, cipher = 'native', folder, profile }: ServerSpec, bots: number, signal: AbortSignal): Promise<ServerProcess> {
  const port = await findFreePort()
  const base = `http://127.0.0.1:${port}`
  const complaints: Complaint[] = []
  const child = await startChild<ProbeCommands>({
    what: 'the server',
    file: serverProgram,
    nodeArguments: ['--import', new URL('../measure/probe.mjs', import.meta.url).href, ...profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]],
    env: { HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: base, LOG_LEVEL: 'warn', RATE_LIMIT: '0', STREAM_LIMIT: '0', SHUTDOWN_GRACE: '0', ...environmentOf(cipher), ...env },
    folder,
    onLine: line => complaints.push(...complaintsIn(line))
  }, signal)
  const probe = child.line(signal)
  const server: ServerProcess = {
    base,
    usage: async () => await readUsage(child.pid, probe.usage),
    cipher: async () => cipherOf(await probe.addons()),
    resetDelay: probe.resetDelay,
    delay: probe.delay,
    sent: probe.sent,
    complaints: () => complaints,
    botStates: async () => await botStates(base, signal),
    stop: child.stop
  }
  try {
    const online = async () => {
      if (child.hasEnded()) throw new Error(`it has ended: ${child.lastWords()}`)
      return (await server.botStates()).filter(state => state === 'online').length === bots
    }
    await poll(online, { what: `${bots} bots online`, timeoutMs: onlineWithinMs }, signal)
    return server
  } catch (error) {
    await child.stop()
    signal.throwIfAborted()
    throw new Error(['the server cannot be used', ...complaints.map(({ text }) => text)].join('; '), { cause: error })
  }
}

async function botStates (base: string, signal: AbortSignal): Promise<string[]> {
  const answer = await fetch(`${base}/readyz`, { signal }).catch(() => null)
  signal.throwIfAborted()
  if (answer === null) return []
  const ready: unknown = await answer.json()
  if (typeof ready !== 'object' || ready === null || !('bots' in ready) || !Array.isArray(ready.bots)) return []
  const bots: Array<{ readonly state?: unknown }> = ready.bots
  return bots.map(({ state }) => String(state))
}

/** Nothing, or one: the log is JSON, one object a line. */
function complaintsIn (line: string): Complaint[] {
  if (!line.startsWith('{')) return []
  const entry: { level?: unknown, msg?: unknown, err?: { message?: unknown } } = JSON.parse(line)
  const text = [entry.msg, entry.err?.message].filter(part => part !== undefined).join(': ')
  return typeof entry.level === 'number' && entry.level >= 40 ? [{ level: entry.level, text }] : []
}
