import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientOf } from './client.js'
import { Problem, tooMany } from './errors.js'
import type { HttpParts } from './parts.js'

/** What limits the requests of a client, and where they are counted. */
export type RequestLimits = Pick<HttpParts, 'rateLimitPerMinute' | 'guessLimitPerMinute' | 'redis'>

const timeWindow = 60_000

/** What was set up. */
export interface Limits {
  readonly guesses: Guesses
  /** Counts a request that no route will count, once. Throws a 429 where it is one too many. */
  count (request: FastifyRequest, reply: FastifyReply): Promise<void>
}

/** Counts who asks for what is not there, or not for him. */
export interface Guesses {
  /** Counts a miss. Throws a 429 where it was one too many. */
  miss (request: FastifyRequest): Promise<void>
  /** Throws a 429 where the client has missed too often. */
  check (request: FastifyRequest): Promise<void>
}

/**
 * Lets each client send so many requests a minute, and get so many 403s and 404s; the next ones get 429 with Retry-After. Holds for the
 * routes that follow, but those with `config: { rateLimit: false }`. While Redis is away nobody is refused.
 */
export function limitRequests (app: FastifyInstance, { rateLimitPerMinute, guessLimitPerMinute, redis }: RequestLimits): Limits {
  if (rateLimitPerMinute === 0 && guessLimitPerMinute === 0) return { guesses: unlimited, count: uncounted }
  app.register(rateLimit, {
    global: rateLimitPerMinute > 0,
    max: rateLimitPerMinute,
    timeWindow,
    keyGenerator: clientOf,
    enableDraftSpec: true,
    skipOnError: true,
    nameSpace: 'teleferry:requests:',
    ...redis !== null && { redis },
    errorResponseBuilder: (_request, { ttl }) => new Problem('TOO_MANY_REQUESTS', `more than ${rateLimitPerMinute} requests in a minute: try again in ${Math.ceil(ttl / 1000)} s`)
  })
  return {
    guesses: guessLimitPerMinute > 0 ? limitGuesses(app, guessLimitPerMinute) : unlimited,
    count: rateLimitPerMinute > 0 ? countRequests(app) : uncounted
  }
}

const unlimited: Guesses = { miss: async () => {}, check: async () => {} }
const uncounted = async () => {}

function countRequests (app: FastifyInstance): Limits['count'] {
  let handler: ReturnType<FastifyInstance['rateLimit']>
  app.after(() => { handler = app.rateLimit() })
  return async (request, reply) => { await handler.call(app, request, reply) }
}

/**
 * Who was told so often that there is nothing, or nothing for him, is guessing: he gets no answer at all, or else a right guess would
 * show. Many guesses at once are all let in, so whoever decides about one counts it, or looks again, before it is answered.
 */
function limitGuesses (app: FastifyInstance, perMinute: number): Guesses {
  const counted = new WeakSet<FastifyRequest>()
  let counter: ReturnType<FastifyInstance['createRateLimit']>
  app.after(() => { counter = app.createRateLimit({ max: perMinute, timeWindow, keyGenerator: request => `misses:${clientOf(request)}` }) })

  async function count (request: FastifyRequest, increment: boolean) {
    const seen = await counter(request, { increment })
    const isTooMuch = !seen.isAllowed && (increment ? seen.isExceeded : seen.remaining === 0)
    if (isTooMuch) throw tooMany('TOO_MANY_MISSES', `more than ${perMinute} links in a minute that lead nowhere`, perMinute, seen.ttlInSeconds)
  }
  const miss = async (request: FastifyRequest) => {
    counted.add(request)
    await count(request, true)
  }
  const check = async (request: FastifyRequest) => await count(request, false)

  // Not earlier, so that the answer has the headers that let other sites' pages read it.
  app.addHook('preHandler', async request => {
    if (request.routeOptions.config?.rateLimit !== false) await check(request)
  })
  // What nobody has counted while deciding gives no file away, such as a path that there is not.
  app.addHook('onSend', async (request, { statusCode }) => {
    if ((statusCode === 403 || statusCode === 404) && !counted.has(request)) await miss(request).catch(() => {})
  })
  return { miss, check }
}
