import type { FastifyInstance } from 'fastify'
import { Problem } from './errors.js'
import type { Limits } from './rate-limit.js'

/** Refuses what is neither a path nor an address (RFC 9112, 3.2), once it is counted: the router would take `*` for `/`. */
export function refuseOddTargets (app: FastifyInstance, count: Limits['count']) {
  app.addHook('onRequest', async (request, reply) => {
    if (/^(\/|https?:\/\/)/i.test(request.raw.url ?? '')) return
    await count(request, reply)
    throw new Problem('BAD_REQUEST', 'the request target must be a path such as /download/<id>, or an http address')
  })
}
