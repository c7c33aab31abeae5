import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { runAs, spawnOptions, type Owner } from './owner.js'
import type { Binaries } from './binaries.js'
import type { Watchdog } from './watchdog.js'

export interface ServerOptions {
  readonly binaries: Binaries
  readonly dataDir: string
  readonly port: number
  readonly owner: Owner
  /** Nothing is worth writing safely. */
  readonly temporary: boolean
  readonly watchdog: Watchdog
  log (message: string): void
}

/** A running server. `stop` disconnects everybody, and resolves when it is gone. */
export interface Server {
  stop (): Promise<void>
}

/** The server ended before it was ready. `output` is what it said last. */
export class ServerFailed extends Error {
  constructor (readonly output: string) {
    super(`the embedded PostgreSQL did not start: ${output.trim()}`)
  }
}

const STOP_GRACE_MS = 20_000

/** Starts the server and waits until it takes connections. Rejects with `ServerFailed`, or with the signal's reason. */
export async function startServer (options: ServerOptions, signal?: AbortSignal): Promise<Server> {
  const { binaries, owner, dataDir, port, temporary, watchdog, log } = options
  const child = spawn(binaries.postgres, serverArguments(dataDir, port, temporary), {
    ...spawnOptions(owner, binaries.postgres),
    // Its own process group: Ctrl-C at the terminal must reach us, and the database only through us.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const exited = once(child, 'exit').then(() => {}, () => {})
  watchdog.watch(child.pid ?? null)
  let wanted = true
  const stop = async () => {
    wanted = false
    await stopServer(child, exited, options)
  }
  exited.then(() => {
    watchdog.watch(null)
    if (wanted) log('the embedded PostgreSQL has ended')
  }, () => {})
  try {
    await untilReady(child, exited, message => { if (wanted) log(message) }, signal)
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

function serverArguments (dataDir: string, port: number, temporary: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 60,
    // For a small machine: the catalogue's rows are few and short, and the system caches files too.
    shared_buffers: '16MB',
    max_wal_size: '128MB',
    // No replication, parallel or I/O workers: fewer processes.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_worker_processes: 0,
    io_method: 'sync',
    jit: 'off',
    log_checkpoints: 'off',
    ...(temporary && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' })
  }
  return ['-D', dataDir, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Passes on the server's worst lines, and settles when it is ready, gone, or no longer wanted. */
async function untilReady (child: ChildProcess, exited: Promise<void>, log: (message: string) => void, signal?: AbortSignal): Promise<void> {
  const recent: string[] = []
  await new Promise<void>((resolve, reject) => {
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    child.once('error', reject)
    if (child.stderr === null) return reject(new Error('no stderr'))
    const lines = createInterface({ input: child.stderr })
    lines.on('line', line => {
      recent.push(line)
      if (recent.length > 10) recent.shift()
      // LC_ALL=C keeps these words English.
      if (line.includes('database system is ready to accept connections')) resolve()
      if (/\b(FATAL|PANIC):/.test(line)) log(`PostgreSQL: ${line}`)
    })
    lines.once('close', () => { exited.then(() => reject(new ServerFailed(recent.join('\n'))), reject) })
  })
}

/** The fast shutdown; after a grace the immediate one, from which PostgreSQL recovers at its next start. */
async function stopServer (child: ChildProcess, exited: Promise<void>, { binaries, dataDir, owner }: ServerOptions): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  // Windows has no signals to ask with.
  if (process.platform === 'win32') await runAs(owner, binaries.pgCtl, ['stop', '-D', dataDir, '-m', 'fast'])
  else child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_GRACE_MS)
  await exited
  clearTimeout(timer)
}
