import { Type } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { refuseOtherMethods } from '../methods.js'
import type { MetricsPage } from '../parts.js'

const url = '/metrics'

/** `/metrics`, for Prometheus. The last parameter is more of its schema, such as who may ask. Asked every few seconds, so it is not worth a line in the log. */
export function metricsRoute (app: FastifyInstance, read: () => Promise<MetricsPage>, { response = {}, ...schema }: { readonly response?: object } = {}) {
  refuseOtherMethods(app, url, ['GET'])
  app.route({
    method: 'GET',
    url,
    logLevel: 'warn',
    schema: { ...schema, summary: 'What the server does and how its bots fare, for Prometheus', response: { 200: { description: 'the text format 0.0.4', content: { 'text/plain': { schema: Type.String() } } }, ...response } },
    handler: async (_request, reply) => {
      const { contentType, text } = await read()
      return await reply.header('cache-control', 'no-store').type(contentType).send(text)
    }
  })
}
