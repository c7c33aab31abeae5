import type { FastifyInstance } from 'fastify'
import { readingMethods } from './methods.js'

/** Every page may read the files, as players on other sites do. The answer is the same for all origins, so there is no `Vary`. */
export const openToAllOrigins = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After',
  // For pages that isolate themselves (COEP), which show no foreign film otherwise.
  'cross-origin-resource-policy': 'cross-origin'
}

const permissions = {
  'access-control-allow-methods': readingMethods.join(', '),
  'access-control-allow-headers': 'Cache-Control, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Pragma, Range',
  'access-control-max-age': '86400',
  // The answer to OPTIONS otherwise (RFC 9110, 9.3.7).
  allow: [...readingMethods, 'OPTIONS'].join(', '),
  'cache-control': 'no-store'
}

/** Answers the browsers' question whether a page may send such a request: single ranges need no asking, conditions do. */
export function answerPreflights (app: FastifyInstance, url: string) {
  app.route({
    method: 'OPTIONS',
    url,
    handler: async (_request, reply) => await reply.code(204).headers({ ...openToAllOrigins, ...permissions }).send()
  })
}
