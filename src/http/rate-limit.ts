import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { Problem } from './errors.js'

/** Lets each client (an address, or an IPv6 /64) send so many requests a minute; the next ones get 429 with Retry-After. */
export function limitRequests (app: FastifyInstance, perMinute: number) {
  app.register(rateLimit, {
    max: perMinute,
    timeWindow: '1 minute',
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) => new Problem('TOO_MANY_REQUESTS', `more than ${perMinute} requests in a minute: try again in ${Math.ceil(ttl / 1000)} s`)
  })
}
