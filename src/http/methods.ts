import type { FastifyInstance } from 'fastify'
import { Problem } from './errors.js'

/** What a route answers: GET, and HEAD declared with it, because Fastify's own HEAD would read a whole stream to count it. */
export const readingMethods = ['GET', 'HEAD']

/** Refuses every other method on a path that there is, with `Allow` (RFC 9110, 15.5.6), before a body is read. */
export function refuseOtherMethods (app: FastifyInstance, url: string) {
  app.route({
    method: app.supportedMethods.filter(method => !readingMethods.includes(method)),
    url,
    onRequest: async () => {
      throw new Problem('METHOD_NOT_ALLOWED', 'only GET and HEAD are answered here', { allow: readingMethods.join(', ') })
    },
    handler: async () => {}
  })
}
