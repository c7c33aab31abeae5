import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Line, openLine } from './ask.js'

/** What to run: a file with its arguments for `node` before it. `env` is all the environment there is. */
export interface ChildSpec {
  readonly what: string
  readonly file: URL
  readonly nodeArguments?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly folder: string
  /** Hears each line of standard output. */
  onLine? (line: string): void
}

/** A process of the benchmark that answers `C`. */
export interface Child<C> {
  readonly pid: number
  readonly line: Line<C>
  hasEnded (): boolean
  /** The last lines that it wrote. */
  lastWords (): string
  /** Resolves when it has ended: asked to first, killed after three seconds. */
  stop (): Promise<void>
}

const keptLines = 20

/** Starts a process and waits until it answers. Throws what it said last when it ends before, and the reason of `signal`. */
export async function startChild<C> (spec: ChildSpec, signal: AbortSignal): Promise<Child<C>> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [...spec.nodeArguments ?? [], fileURLToPath(spec.file)], {
    cwd: spec.folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced'
  })
  const lines = keepLines(child, spec)
  const lastWords = () => lines.length === 0 ? 'it said nothing' : lines.join('\n')
  try {
    await untilReady(child, spec.what, lastWords, signal)
  } catch (error) {
    await end(child)
    throw error
  }
  return {
    pid: child.pid ?? 0,
    line: openLine<C>(child, spec.what, lastWords),
    hasEnded: () => isOver(child),
    lastWords,
    stop: async () => await end(child)
  }
}

/**
 * A TypeScript file of the benchmark, started the same way. Only its ES modules go through tsx: rewritten CommonJS made stock GramJS a
 * fifth slower.
 */
export async function startScript<C> (spec: ChildSpec, signal: AbortSignal): Promise<Child<C>> {
  const nodeArguments = ['--import', import.meta.resolve('tsx/esm'), ...spec.nodeArguments ?? []]
  return await startChild<C>({ ...spec, nodeArguments }, signal)
}

function keepLines (child: ChildProcess, { onLine }: ChildSpec): string[] {
  const kept: string[] = []
  const keep = (line: string) => {
    kept.push(line)
    if (kept.length > keptLines) kept.shift()
  }
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', keep)
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', line => {
      keep(line)
      onLine?.(line)
    })
  }
  return kept
}

function untilReady (child: ChildProcess, what: string, lastWords: () => string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    child.once('error', reject)
    // Its output may still be on the way at 'exit'.
    child.once('close', () => reject(new Error(`${what} did not start: ${lastWords()}`)))
    child.once('message', () => { signal.removeEventListener('abort', abort); resolve() })
  })
}

async function end (child: ChildProcess): Promise<void> {
  if (isOver(child)) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(late)
}

function isOver ({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null || pid === undefined
}
