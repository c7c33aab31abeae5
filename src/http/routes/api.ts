import rateLimit from '@fastify/rate-limit'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { LinkState, MediaFile, MediaId } from '../../media.js'
import { requireToken } from '../bearer.js'
import { formatCursor, parseCursor } from '../cursor.js'
import { databaseUnreachable, Problem } from '../errors.js'
import { refuseOtherMethods } from '../methods.js'
import { ProblemSchema } from '../openapi.js'
import type { Administration, HttpParts } from '../parts.js'
import { metricsRoute } from './metrics.js'

/** Requests of one client in a minute, whatever RATE_LIMIT says: who guesses tokens gets nowhere. */
const perMinute = 120

const Params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'the file\'s file_unique_id' }) })

const LinkFacts = {
  generation: Type.Integer({ description: 'how often its links were ended' }),
  blocked: Type.Boolean({ description: 'nobody may download it' })
}

const File = Type.Object({
  id: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  size: Type.Union([Type.Integer(), Type.Null()], { description: 'in bytes; null where it is not known yet' }),
  mimeType: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.String({ format: 'date-time', description: 'when it was first seen' }),
  ...LinkFacts
})

const FileDetails = Type.Object({
  ...File.properties,
  bots: Type.Array(Type.String(), { description: 'the ids of the bots that can read it' }),
  senders: Type.Array(Type.String(), { description: 'the ids of the users who sent it' })
})

const Page = Type.Object({
  files: Type.Array(File),
  next: Type.Union([Type.String(), Type.Null()], { description: 'what to give as after for the next page; null on the last' })
})

const ListQuery = Type.Object({
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '^\\P{Cc}*$', description: 'words of the name, or how they begin, all of which must be there; or an id' })),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'the next of the page before' })),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 })
})

const NewLinks = Type.Object({
  download: Type.String({ format: 'uri' }),
  watch: Type.String({ format: 'uri' }),
  playlist: Type.String({ format: 'uri' }),
  expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
})

const Bot = Type.Object({
  id: Type.String(),
  username: Type.Union([Type.String(), Type.Null()]),
  state: Type.Enum(['connecting', 'online', 'resting', 're-authorising', 'gone']),
  reason: Type.Optional(Type.String({ description: 'why it is not online' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'when it may be back' }))
})

const refusals = { 400: ProblemSchema, 401: ProblemSchema, 404: ProblemSchema, 429: ProblemSchema, 503: ProblemSchema }
const guarded = { tags: ['administration'], security: [{ adminToken: [] }] }

/** The administrative routes, below `/api` and `/metrics`, each of which wants the token. */
export async function apiRoutes (app: FastifyInstance, admin: Administration, { findMedia, links }: HttpParts) {
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: '1 minute',
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) => new Problem('TOO_MANY_REQUESTS', `more than ${perMinute} administrative requests in a minute: try again in ${Math.ceil(ttl / 1000)} s`)
  })
  app.addHook('preValidation', requireToken(admin.token))
  app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
  for (const url of ['/api/files', '/api/bots']) refuseOtherMethods(app, url, ['GET'])
  for (const action of ['revoke', 'unblock', 'links']) refuseOtherMethods(app, `/api/files/:id/${action}`, ['POST'])
  refuseOtherMethods(app, '/api/files/:id', ['GET', 'DELETE'])
  metricsRoute(app, admin.metrics, { ...guarded, response: { 401: ProblemSchema, 429: ProblemSchema } })
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()

  const known = async (id: string) => {
    const found = await inDatabase(findMedia(id as MediaId))
    if (found === null) throw new Problem('UNKNOWN_FILE', `no file has the id ${id}`)
    return found
  }
  const details = async (id: string): Promise<Static<typeof FileDetails>> => {
    const { file, copies, link } = await known(id)
    const senders = await inDatabase(admin.findSenders(file.id))
    return { ...fileFacts(file, link), bots: copies.map(({ botId }) => botId), senders: senders.filter(userId => userId !== '0') }
  }

  routes.route({
    method: 'GET',
    url: '/api/files',
    schema: { ...guarded, summary: 'Lists and searches files, the newest first', querystring: ListQuery, response: { 200: Page, ...refusals } },
    handler: async ({ query: { search, after, limit } }) => {
      const { files, next } = await inDatabase(admin.listFiles({ search: search ?? null, after: after === undefined ? null : parseCursor(after), limit }))
      return { files: files.map(({ file, link }) => fileFacts(file, link)), next: next && formatCursor(next) }
    }
  })

  routes.route({
    method: 'GET',
    url: '/api/files/:id',
    schema: { ...guarded, summary: 'Reads one file', params: Params, response: { 200: FileDetails, ...refusals } },
    handler: async ({ params: { id } }) => await details(id)
  })

  routes.route({
    method: 'DELETE',
    url: '/api/files/:id',
    schema: { ...guarded, summary: 'Forgets a file: its row and its links; nothing is deleted in Telegram', params: Params, response: { 204: Type.Null(), ...refusals } },
    handler: async ({ id: requestId, params: { id } }, reply) => {
      if (!await inDatabase(admin.forget(id as MediaId, `request ${requestId}`))) throw new Problem('UNKNOWN_FILE', `no file has the id ${id}`)
      return await reply.code(204).send(null)
    }
  })

  routes.route({
    method: 'POST',
    url: '/api/files/:id/revoke',
    schema: { ...guarded, summary: 'Ends all links of a file; where links are not signed, blocks it', params: Params, response: { 200: FileDetails, ...refusals } },
    handler: async ({ id: requestId, params: { id } }) => {
      const { file } = await known(id)
      await inDatabase(admin.revoke(file.id, `request ${requestId}`))
      return await details(id)
    }
  })

  routes.route({
    method: 'POST',
    url: '/api/files/:id/unblock',
    schema: { ...guarded, summary: 'Lets a blocked file be downloaded again', params: Params, response: { 200: FileDetails, ...refusals } },
    handler: async ({ params: { id } }) => {
      const { file } = await known(id)
      await inDatabase(admin.unblock(file.id))
      return await details(id)
    }
  })

  routes.route({
    method: 'POST',
    url: '/api/files/:id/links',
    schema: { ...guarded, summary: 'Makes new links of a file', params: Params, response: { 200: NewLinks, ...refusals } },
    handler: async ({ params: { id } }) => {
      const { file, link } = await known(id)
      const { expiresAt, ...made } = links.make(file, link.generation)
      return { ...made, expiresAt: expiresAt?.toISOString() ?? null }
    }
  })

  routes.route({
    method: 'GET',
    url: '/api/bots',
    schema: { ...guarded, summary: 'Lists the bots and how they fare', response: { 200: Type.Array(Bot), ...refusals } },
    handler: async () => admin.bots().map(({ botId, until, ...report }) => ({ id: botId, ...report, ...until !== undefined && { until: until.toISOString() } }))
  })
}

function fileFacts ({ createdAt, ...file }: MediaFile, { generation, blocked }: LinkState): Static<typeof File> {
  return { ...file, createdAt: createdAt.toISOString(), generation, blocked }
}

async function inDatabase<T> (answer: Promise<T>): Promise<T> {
  return await answer.catch((cause: unknown) => { throw databaseUnreachable(cause) })
}
