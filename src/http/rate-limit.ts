import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { clientOf } from './client.js'
import { Problem, tooMany } from './errors.js'
import type { HttpParts } from './parts.js'

/** What limits the requests of a client, and where they are counted. */
export type RequestLimits = Pick<HttpParts, 'rateLimitPerMinute' | 'guessLimitPerMinute' | 'redis'>

const timeWindow = 60_000

/**
 * Lets each client send so many requests a minute, and get so many 403s and 404s; the next ones get 429 with Retry-After. Holds for the
 * routes that follow, but those with `config: { rateLimit: false }`. While Redis is away nobody is refused.
 */
export function limitRequests (app: FastifyInstance, { rateLimitPerMinute, guessLimitPerMinute, redis }: RequestLimits) {
  if (rateLimitPerMinute === 0 && guessLimitPerMinute === 0) return
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
  if (guessLimitPerMinute > 0) app.after(() => limitGuesses(app, guessLimitPerMinute))
}

/** Who was told so often that there is nothing, or nothing for him, is guessing: he gets no answer at all, or else a right guess would show. */
function limitGuesses (app: FastifyInstance, perMinute: number) {
  const misses = app.createRateLimit({ max: perMinute, timeWindow, keyGenerator: request => `misses:${clientOf(request)}` })
  // Not earlier, so that the answer has the headers that let other sites' pages read it.
  app.addHook('preHandler', async request => {
    if (request.routeOptions.config?.rateLimit === false) return
    const seen = await misses(request, { increment: false })
    if (!seen.isAllowed && seen.remaining === 0) throw tooMany('TOO_MANY_MISSES', `more than ${perMinute} links in a minute that lead nowhere`, perMinute, seen.ttlInSeconds)
  })
  app.addHook('onSend', async (request, { statusCode }) => {
    if (statusCode === 403 || statusCode === 404) await misses(request)
  })
}
