import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Described } from './errors.js'
import { describe } from './errors.js'

/** The media type of RFC 9457. */
export const problemType = 'application/problem+json'

/** Statuses that are nobody's fault who asks: a file that no bot can read any more wants an owner as much as a bot that rests. */
const ownersAffair: ReadonlySet<number> = new Set([410, 500, 503])

/** The text of an error for the client. The title says what the status says, hence `about:blank` (RFC 9457, 4.2.1); `code` is ours. */
export function problemText ({ title, status, code, detail }: Described, requestId?: string): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, code, ...(requestId === undefined ? {} : { requestId }) })
}

/** What the client of a request is told of an error; the log gets the rest. */
export function report (error: unknown, request: FastifyRequest): Described {
  const described = describe(error)
  if (request.raw.socket.destroyed) request.log.info('the client left before the answer')
  else if (ownersAffair.has(described.status)) request.log[described.status === 500 ? 'error' : 'warn']({ err: error }, 'no answer but an error')
  return described
}

/** Answers a request with what went wrong, as RFC 9457 has it. */
export function sendProblem (error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const described = report(error, request)
  return reply
    .code(described.status)
    // Last, for a 412 comes with the file's own, and a cache that keeps it refuses everybody.
    .headers({ ...described.headers, 'cache-control': 'no-store' })
    .type(problemType)
    .send(problemText(described, described.status >= 500 ? request.id : undefined))
}
