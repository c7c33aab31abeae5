import type { FastifyInstance } from 'fastify'
import { Problem } from './errors.js'

/** What a route answers: GET, and HEAD declared with it, because Fastify's own HEAD would read a whole stream to count it. */
export const readingMethods = ['GET', 'HEAD']

/** Refuses every method but those `answered` on a path that there is, with `Allow` (RFC 9110, 15.5.6), before a body is read. */
export function refuseOtherMethods (app: FastifyInstance, url: string, answered: readonly string[] = readingMethods) {
  const allow = answered.join(', ')
  app.route({
    method: app.supportedMethods.filter(method => !answered.includes(method)),
    url,
    // Behind the counting of requests.
    preParsing: async () => {
      throw new Problem('METHOD_NOT_ALLOWED', `only ${allow} are answered here`, { allow })
    },
    handler: async () => {}
  })
}
