import { STATUS_CODES } from 'node:http'
import { FileUnavailable } from '../errors.js'

/** What went wrong, as `http` knows it, with the status that says so. The one place where errors become statuses. */
const statuses = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  LINK_EXPIRED: 403,
  LINK_REFUSED: 403,
  UNKNOWN_FILE: 404,
  UNKNOWN_PATH: 404,
  METHOD_NOT_ALLOWED: 405,
  FILE_GONE: 410,
  PRECONDITION_FAILED: 412,
  RANGE_NOT_SATISFIABLE: 416,
  TOO_MANY_MISSES: 429,
  TOO_MANY_REQUESTS: 429,
  TOO_MANY_STREAMS: 429,
  INTERNAL: 500,
  DATABASE_UNREACHABLE: 503,
  FILE_UNAVAILABLE: 503,
  FIRST_BYTE_LATE: 503
} as const

/** A name for what went wrong, stable, for clients. */
export type ProblemCode = keyof typeof statuses

/** A request that ends with an error status. `message` is for the client: it says what is wrong and what to do. */
export class Problem extends Error {
  constructor (readonly code: ProblemCode, message: string, readonly headers: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(message, options)
  }
}

/** The catalogue did not answer; databases come back within seconds, or somebody is called. */
export function databaseUnreachable (cause: unknown): Problem {
  return new Problem('DATABASE_UNREACHABLE', 'the catalogue cannot be read now: try again in a few seconds', { 'retry-after': '5' }, { cause })
}

/** A client has used up its `limit`, and may come again after `seconds`. The header fields are those of draft-ietf-httpapi-ratelimit-headers-07. */
export function tooMany (code: 'TOO_MANY_MISSES' | 'TOO_MANY_STREAMS', message: string, limit: number, seconds: number): Problem {
  const wait = String(Math.max(1, seconds))
  return new Problem(code, message, { 'retry-after': wait, 'ratelimit-limit': String(limit), 'ratelimit-remaining': '0', 'ratelimit-reset': wait })
}

/** An error as the client sees it. `status` is HTTP's; `code` is ours or Fastify's; `detail` is safe to show. */
export interface Described {
  readonly status: number
  readonly title: string
  readonly code: string
  readonly detail: string
  readonly headers: Readonly<Record<string, string>>
}

/** What an error of any kind looks like from outside. What is not known here is a 500 without particulars. */
export function describe (error: unknown): Described {
  const { status, code, detail, headers } = particulars(error)
  return { status, title: STATUS_CODES[status] ?? 'Error', code, detail, headers }
}

function particulars (error: unknown): Omit<Described, 'title'> {
  const code = codeOf(error)
  if (error instanceof FileUnavailable) return { status: statuses.FILE_UNAVAILABLE, code, detail: error.message, headers: { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) } }
  if (error instanceof Error && isProblemCode(code)) return { status: statuses[code], code, detail: error.message, headers: error instanceof Problem ? error.headers : {} }
  const status = clientErrorStatus(error)
  if (error instanceof Error && status !== null) return { status, code: code === '' ? 'BAD_REQUEST' : code, detail: error.message, headers: {} }
  return { status: statuses.INTERNAL, code: 'INTERNAL', detail: 'the server made a mistake: its log tells more under this request id', headers: {} }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function isProblemCode (code: string): code is ProblemCode {
  return Object.hasOwn(statuses, code)
}

/** Fastify's errors about a request carry their status. */
function clientErrorStatus (error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null
  return error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : null
}
