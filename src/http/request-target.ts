import type { FastifyInstance } from 'fastify'
import { Problem } from './errors.js'

/** Refuses what is neither a path nor an address (RFC 9112, 3.2): the router would take `*` for `/`. */
export function refuseOddTargets (app: FastifyInstance) {
  app.addHook('onRequest', async ({ raw }) => {
    if (!/^(\/|https?:\/\/)/i.test(raw.url ?? '')) throw new Problem('BAD_REQUEST', 'the request target must be a path such as /download/<id>, or an http address')
  })
}
