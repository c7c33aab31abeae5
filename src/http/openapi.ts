import swagger from '@fastify/swagger'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { readingMethods, refuseOtherMethods } from './methods.js'
import { problemType } from './problem.js'

/** RFC 9457 as this server writes it. */
export const ProblemSchema = {
  description: 'what went wrong',
  content: {
    [problemType]: {
      schema: Type.Object({
        type: Type.Literal('about:blank'),
        title: Type.String(),
        status: Type.Integer(),
        detail: Type.String({ description: 'what is wrong and what to do, for a person' }),
        code: Type.String({ description: 'a name for what went wrong, stable, for programs' }),
        requestId: Type.Optional(Type.String({ description: 'finds it in the server\'s log' }))
      })
    }
  }
}

/** Collects the schemas of the routes that follow, by which they also judge what comes. Routes without one are left out. */
export function describeRoutes (app: FastifyInstance) {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Teleferry', description: 'Carries files out of Telegram to anything that speaks HTTP', version: '1', license: { name: 'MIT', identifier: 'MIT' } },
      components: { securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'the server\'s ADMIN_TOKEN' } } }
    },
    // Fastify's validator takes a query as text; the document says what the text is.
    transform: ({ schema, url }) => ({ schema: schema ?? { hide: true }, url })
  })
}

/** `/openapi.json`: what `describeRoutes` has collected. */
export function openapiRoute (app: FastifyInstance) {
  refuseOtherMethods(app, '/openapi.json')
  app.route({ method: readingMethods, url: '/openapi.json', handler: async (_request, reply) => await reply.header('cache-control', 'no-cache').send(app.swagger()) })
}
