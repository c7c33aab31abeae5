import type { IncomingMessage } from 'node:http'
import { Problem } from './errors.js'

/** Heroku's router waits 30 s for the first byte and then answers in our place, without telling us. */
export const firstByteMs = 25_000

/**
 * Aborts when the client has gone. The request tells, because a response that waits for its turn on the connection does not
 * hear when that closes.
 */
export function untilGone (request: IncomingMessage): AbortController {
  const left = new AbortController()
  const leave = () => { if (request.socket.destroyed) left.abort() }
  request.once('close', leave)
  leave()
  return left
}

/** `work`, or after `ms` the end of it: it is aborted through `left`, and the client told what is `missing`, and to come again. */
export async function inTime<T> (work: (signal: AbortSignal) => Promise<T>, ms: number, left: AbortController, missing = 'no bot sent the first byte'): Promise<T> {
  const late = new Problem('FIRST_BYTE_LATE', `${missing} within ${ms / 1000} s: try again in a few seconds`, { 'retry-after': '5' })
  left.signal.throwIfAborted()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late), ms)
    left.signal.addEventListener('abort', () => reject(left.signal.reason), { once: true })
  })
  try {
    return await Promise.race([work(left.signal), deadline])
  } catch (error) {
    left.abort(error)
    throw error
  } finally {
    clearTimeout(timer)
  }
}
