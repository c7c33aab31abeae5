import { connect } from 'node:net'
import type { FileContent } from '../../src/sandbox/world/content.js'
import { createHeadReader } from './head.js'
import { createPace, unpaced } from './pace.js'

/** One GET of one viewer. Without `range`, none is asked for; its `end` may be open. All in bytes. */
export interface VisitSpec {
  readonly url: string
  readonly range?: { readonly start: number, readonly end?: number }
  readonly bytesPerSecond?: number
  /** Closes the connection when it has read so much. */
  readonly leaveAfter?: number
  /** Reads no more when it has read so much, and stays. */
  readonly stallAfter?: number
  /** The synthetic file that the bytes must be those of. */
  readonly check?: { readonly name: string, readonly size: number }
  /** How long it may take, in ms. */
  readonly maxMs: number
}

/**
 * How a visit stands. `complete`: all that was promised has come; `left`: of its own will; `refused`: the answer was an error; `cut`:
 * the connection ended early; `late`: its time was over. Times in ms since its request. `longestPauseMs`: between two arrivals of body bytes.
 */
export interface VisitState {
  outcome: 'running' | 'complete' | 'left' | 'refused' | 'cut' | 'late'
  status: number | null
  bytes: number
  firstByteMs: number | null
  lastByteMs: number
  longestPauseMs: number
  /** The first byte of the file that came wrong. */
  wrongAt: number | null
  /** What ended it, where that was no plan of its own. */
  reason: string | null
}

/** A visit under way. */
export interface Visit {
  readonly state: Readonly<VisitState>
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  tick (now: number): void
  leave (): void
}

/** Reads at once: little where a pace is to be kept exactly. */
const readBytes = { paced: 16 * 1024, unpaced: 256 * 1024 }

/** Makes the request on a connection of its own. `content` is what `spec.check` names. */
export function startVisit (spec: VisitSpec, content: FileContent | null): Visit {
  const begun = performance.now()
  const state: VisitState = {
    outcome: 'running', status: null, bytes: 0, firstByteMs: null, lastByteMs: 0, longestPauseMs: 0, wrongAt: null, reason: null
  }
  const head = createHeadReader()
  const pace = spec.bytesPerSecond === undefined ? unpaced : createPace(spec.bytesPerSecond, begun)
  const { hostname, port, pathname } = new URL(spec.url)
  const buffer = Buffer.allocUnsafe(spec.bytesPerSecond === undefined ? readBytes.unpaced : readBytes.paced)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread: { buffer, callback: (count, bytes) => take(bytes.subarray(0, count)) } })
  const late = setTimeout(() => finish('late', `not over after ${spec.maxMs} ms`), spec.maxMs)
  const ended = new Promise<void>(resolve => { socket.once('close', () => { finish('cut', 'the server closed the connection'); resolve() }) })

  function finish (outcome: Exclude<VisitState['outcome'], 'running'>, reason: string | null = null): false {
    if (state.outcome === 'running') Object.assign(state, { outcome, reason })
    clearTimeout(late)
    socket.destroy()
    return false
  }

  /** Returns whether to read on. */
  function take (bytes: Uint8Array): boolean {
    try {
      const body = head.take(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      if (head.head === null) return true
      state.status = head.head.status
      if (body.length > 0) count(body)
      return goOn(head.head.contentLength)
    } catch (error) {
      return finish('cut', error instanceof Error ? error.message : String(error))
    }
  }

  function count (body: Buffer): void {
    const now = performance.now() - begun
    if (state.firstByteMs === null) state.firstByteMs = now
    else state.longestPauseMs = Math.max(state.longestPauseMs, now - state.lastByteMs)
    state.lastByteMs = now
    if (content !== null) compare(body, content, (spec.range?.start ?? 0) + state.bytes)
    state.bytes += body.length
    pace.read(body.length)
  }

  function compare (body: Buffer, { read }: FileContent, offset: number): void {
    if (state.wrongAt !== null || body.equals(read(offset, body.length))) return
    const right = read(offset, body.length)
    state.wrongAt = offset + Math.max(0, body.findIndex((byte, index) => byte !== right[index]))
  }

  function goOn (contentLength: number | null): boolean {
    if (contentLength === null) return finish('cut', 'the response has no Content-Length')
    if (state.bytes >= contentLength) return isSuccess(state.status) ? finish('complete') : finish('refused', `the server answered ${state.status}`)
    if (state.bytes >= (spec.leaveAfter ?? Infinity)) return finish('left')
    return wantsMore()
  }

  function wantsMore (): boolean {
    return state.bytes < (spec.stallAfter ?? Infinity) && pace.mayRead()
  }

  socket.once('error', error => finish('cut', error.message))
  socket.write(requestText(pathname, port, spec.range))
  return {
    state,
    ended,
    tick: now => {
      pace.tick(now)
      // A socket that was stopped by `onread` does not count as paused; where it reads, this does nothing.
      if (state.outcome === 'running' && wantsMore()) socket.resume()
    },
    leave: () => { finish('left') }
  }
}

function isSuccess (status: number | null): boolean {
  return status === 200 || status === 206
}

function requestText (path: string, port: string, range: VisitSpec['range']): string {
  const wanted = range === undefined ? '' : `Range: bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}\r\n`
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${wanted}Connection: close\r\n\r\n`
}
