import type { ChildProcess } from 'node:child_process'

/** A child's commands as its parent calls them. */
export type Asked<C> = {
  readonly [K in keyof C]: C[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}

/** Hands out a child's commands to somebody who waits for them no longer than until `signal` aborts. */
export type Line<C> = (signal: AbortSignal) => Asked<C>

interface Waiting {
  resolve (value: unknown): void
  reject (error: unknown): void
}

/**
 * The commands that `child` answers over IPC, as functions. They reject with what the child threw, when it ends (`lastWords` then
 * says why), and with the reason of the signal.
 */
export function openLine<C> (child: ChildProcess, what: string, lastWords: () => string): Line<C> {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  const ended = () => new Error(`${what} has ended: ${lastWords()}`)
  child.on('message', (message: unknown) => settle(waiting, message))
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(ended())
    waiting.clear()
  })

  const put = (name: string, args: readonly unknown[], signal: AbortSignal) => new Promise<unknown>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    if (!child.connected) return reject(ended())
    const id = ++asked
    const abort = () => { waiting.delete(id); reject(signal.reason) }
    const done = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort, { once: true })
    waiting.set(id, { resolve: value => { done(); resolve(value) }, reject: error => { done(); reject(error) } })
    child.send({ id, name, args }, error => {
      if (error === null) return
      waiting.get(id)?.reject(error)
      waiting.delete(id)
    })
  })
  return signal => new Proxy({}, {
    // Whoever awaits it looks for a `then`.
    get: (_, name) => name === 'then' ? undefined : (...args: unknown[]) => put(String(name), args, signal)
    // What is asked and answered holds because both ends are compiled against the same commands.
  }) as Asked<C>
}

function settle (waiting: Map<number, Waiting>, message: unknown): void {
  if (typeof message !== 'object' || message === null || !('id' in message) || typeof message.id !== 'number') return
  const one = waiting.get(message.id)
  waiting.delete(message.id)
  if ('error' in message) one?.reject(new Error(String(message.error)))
  else one?.resolve('value' in message ? message.value : undefined)
}
