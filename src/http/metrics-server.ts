import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { answerClientError } from './client-error.js'
import { Problem } from './errors.js'
import { requestLogger } from './logger.js'
import type { HttpParts, MetricsPage } from './parts.js'
import { sendProblem } from './problem.js'
import { metricsRoute } from './routes/metrics.js'
import { hardenAnswers, safetyHeaders } from './safety-headers.js'

/** A server that answers `/metrics` to whoever reaches it, and nothing else; not yet listening. */
export function createMetricsServer (read: () => Promise<MetricsPage>, logger: HttpParts['logger']): FastifyInstance {
  const app = fastify({
    bodyLimit: 1024,
    connectionTimeout: 60_000,
    requestTimeout: 30_000,
    loggerInstance: requestLogger(logger),
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => { sendProblem(error, request, reply.headers(safetyHeaders)) },
    clientErrorHandler: answerClientError
  })
  app.setErrorHandler(sendProblem)
  hardenAnswers(app)
  app.setNotFoundHandler(() => { throw new Problem('UNKNOWN_PATH', 'there is nothing at this path but /metrics') })
  metricsRoute(app, read)
  return app
}
