import type { Api } from 'telegram'
import { RPCError } from 'telegram/errors/index.js'
import { initialised } from './init-request.js'
import { CallTimedOut, type Link } from './link.js'
import type { Timing } from './timing.js'

/** An open connection for files. Times in `performance.now()` ms. */
export interface Line {
  readonly link: Link
  usedAt: number
  answeredAt: number
  /** When the newest of the requests was asked that are answered. */
  lastAnswered: number
  /** What is asked for over it and not answered yet. */
  inFlightBytes: number
  /** Whether a call has told Telegram the layer already. */
  isInitialised: boolean
  /** Deadlines missed since the last answer. */
  missed: number
}

/** A connection that owes so many answers for too long, and gave none in between, is replaced. */
const missable = 2

/** A line over which nothing was asked yet. */
export function createLine (link: Link): Line {
  return { link, usedAt: performance.now(), answeredAt: 0, lastAnswered: 0, inFlightBytes: 0, isInitialised: false, missed: 0 }
}

/** Asks over a line. Throws what the link throws, CallTimedOut also where the line owes the answer for `timing.fileMs`, or the reason of `signal`. */
export async function askOver (line: Line, request: Api.upload.GetFile, apiId: number, timing: Timing, signal: AbortSignal): Promise<unknown> {
  const askedAt = line.usedAt = performance.now()
  const wrapped = line.isInitialised ? request : initialised(apiId, request)
  line.isInitialised = true
  line.inFlightBytes += request.limit
  const deadline = watchDeadline(line, askedAt, timing.fileMs, signal)
  try {
    const answer = await line.link.call(wrapped, timing.fileMaxMs, deadline.signal)
    noteAnswer(line, askedAt)
    return answer
  } catch (error) {
    if (error instanceof RPCError) noteAnswer(line, askedAt)
    throw error
  } finally {
    deadline.end()
    line.inFlightBytes -= request.limit
  }
}

function noteAnswer (line: Line, askedAt: number): void {
  line.answeredAt = performance.now()
  line.lastAnswered = Math.max(line.lastAnswered, askedAt)
  line.missed = 0
}

/**
 * A signal that aborts with `signal`, or with CallTimedOut when the line owes an answer for `ms`. As long as it gives others, in turn,
 * it is slow and not late. A line that misses several deadlines is closed.
 */
function watchDeadline (line: Line, askedAt: number, ms: number, signal: AbortSignal) {
  const over = new AbortController()
  const leave = () => over.abort(signal.reason)
  const owedMs = () => performance.now() - (line.lastAnswered > askedAt ? askedAt : Math.max(askedAt, line.answeredAt))
  let timer = setTimeout(look, ms)

  function look () {
    const leftMs = ms - owedMs()
    if (leftMs > 1) {
      timer = setTimeout(look, leftMs)
      return
    }
    over.abort(new CallTimedOut('upload.GetFile', ms))
    if (++line.missed >= missable) line.link.close()
  }

  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  return {
    signal: over.signal,
    end: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
    }
  }
}
