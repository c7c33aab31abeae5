import type { FastifyInstance } from 'fastify'

/**
 * What a browser may do with any answer that does not say otherwise: take its type as it is told; run nothing in it, whatever its
 * bytes are, in an origin of its own, with just what its own viewers of films, pictures and texts need; send its address to nobody.
 * A sandboxed film is fetched as a foreign origin does, so it plays only together with the CORS headers. Search engines stay away.
 */
export const safetyHeaders = {
  'content-security-policy': "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-downloads",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex'
}

/** Gives every answer of the routes that follow these headers; a route may set its own. */
export function hardenAnswers (app: FastifyInstance) {
  app.addHook('onRequest', async (_request, reply) => { reply.headers(safetyHeaders) })
}
