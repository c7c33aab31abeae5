import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { answerClientError } from './client-error.js'
import { Problem } from './errors.js'
import { createFindFile } from './find-file.js'
import { requestLogger } from './logger.js'
import { describeRoutes, openapiRoute } from './openapi.js'
import type { HttpParts } from './parts.js'
import { sendProblem } from './problem.js'
import { basePath, sendProblemPage } from './problem-page.js'
import { limitRequests } from './rate-limit.js'
import { apiRoutes } from './routes/api.js'
import { downloadRoutes } from './routes/download.js'
import { healthRoutes } from './routes/health.js'
import { pageRoutes } from './routes/pages.js'
import { refuseOddTargets } from './request-target.js'
import { hardenAnswers, safetyHeaders } from './safety-headers.js'

/** In milliseconds. */
const timeouts = {
  /** Silence in both directions. Viewers pause for an hour; who is quiet for two has gone. */
  connectionTimeout: 2 * 60 * 60 * 1000,
  /** Heroku's router keeps its connections for 90 s: closing first would lose requests to the race. */
  keepAliveTimeout: 95_000,
  /** For a whole request to arrive. */
  requestTimeout: 30_000,
  http: {
    /** For its headers, and for the first byte on a new connection. */
    headersTimeout: 15_000,
    /** How often the two are looked after. */
    connectionsCheckingInterval: 5_000,
    /** Viewers whose line is dead are asked after a minute of silence; who does not answer counts no longer. */
    keepAlive: true,
    keepAliveInitialDelay: 60_000
  }
}

/** The HTTP server, not yet listening. */
export function createServer (parts: HttpParts): FastifyInstance {
  const app = fastify({
    ...timeouts,
    bodyLimit: 1024,
    trustProxy: trusted(parts.trustProxy),
    loggerInstance: requestLogger(parts.logger),
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    // While streams are waited for, what comes on their connections is answered too, and told to come on another one next time.
    return503OnClosing: false,
    // A percent-encoded name of 300 characters must fit; the id has its own rule.
    routerOptions: { maxParamLength: 8192, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      reply.headers(safetyHeaders)
      limits.count(request, reply).then(() => sendProblem(error, request, reply), (limit: unknown) => sendProblem(limit, request, reply))
    },
    clientErrorHandler: answerClientError
  })
  app.setErrorHandler(sendProblem)
  hardenAnswers(app)
  // No route reads a body; the connection drops what comes.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  const limits = limitRequests(app, parts)
  refuseOddTargets(app, limits.count)
  const findFile = createFindFile(parts, limits.guesses)
  describeRoutes(app)
  app.register(async scope => {
    const base = basePath(parts.links.publicUrl)
    scope.setNotFoundHandler({ preHandler: limits.count }, (request, reply) => {
      sendProblemPage(new Problem('UNKNOWN_PATH', 'there is nothing at this path: files are at /download/<id>'), request, reply, base)
    })
    healthRoutes(scope, parts)
    downloadRoutes(scope, parts, findFile)
    pageRoutes(scope, parts, findFile)
    openapiRoute(scope)
  })
  const { admin } = parts
  if (admin !== null) app.register(async scope => await apiRoutes(scope, admin, parts))
  return app
}

/** Fastify no longer counts proxies, since whoever reaches the server past them may lie; behind Heroku's router nobody can. */
function trusted (proxies: HttpParts['trustProxy']) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies
}
