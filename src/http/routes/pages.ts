import { Type } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import contentDisposition from 'content-disposition'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { LinkQuery } from '../../links/links.js'
import type { FindFile } from '../find-file.js'
import { firstByteMs, inTime, untilGone } from '../first-byte.js'
import { LinkParameters } from '../link-parameters.js'
import { readingMethods, refuseOtherMethods } from '../methods.js'
import { homePage } from '../pages/home.js'
import { pageHeaders } from '../pages/layout.js'
import { watchPage } from '../pages/watch.js'
import type { HttpParts } from '../parts.js'
import { playlistFor } from '../playlist.js'
import { basePath, sendProblemPage } from '../problem-page.js'

const Params = Type.Object({ id: Type.String() })
const Query = Type.Object(LinkParameters)

/** The pages for people: `/`, `/watch/:id`, and `/playlist/:id.m3u` for their players. */
export function pageRoutes (app: FastifyInstance, parts: HttpParts, findFile: FindFile) {
  const base = basePath(parts.links.publicUrl)
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()
  const findInTime = async (request: FastifyRequest, id: string, query: LinkQuery) => (
    await inTime(async () => await findFile(request, id, query), parts.firstByteMs ?? firstByteMs, untilGone(request.raw), 'the catalogue did not answer')
  )
  for (const url of ['/', '/watch/:id', '/playlist/:id.m3u']) refuseOtherMethods(app, url)

  routes.route({
    method: readingMethods,
    url: '/',
    schema: { summary: 'What this is, for a person' },
    handler: async (_request, reply) => await reply.headers(pageHeaders).send(homePage(base))
  })

  routes.route({
    method: readingMethods,
    url: '/watch/:id',
    schema: { summary: 'A page on which the file plays', params: Params, querystring: Query },
    errorHandler: (error, request, reply) => { sendProblemPage(error, request, reply, base) },
    handler: async (request, reply) => {
      const { params, query } = request
      const { file } = await findInTime(request, params.id, query)
      const page = watchPage({ file, base, links: parts.links.along(file, query), local: parts.links.along(file, query, base) })
      return await reply.headers(pageHeaders).send(page)
    }
  })

  routes.route({
    method: readingMethods,
    url: '/playlist/:id.m3u',
    schema: { summary: 'A playlist of the one file', params: Params, querystring: Query },
    handler: async (request, reply) => {
      const { params, query } = request
      const { file } = await findInTime(request, params.id, query)
      return await reply.headers(playlistHeaders(params.id)).send(playlistFor(file, parts.links.along(file, query)))
    }
  })
}

function playlistHeaders (id: string): Record<string, string> {
  return {
    'content-type': 'audio/x-mpegurl; charset=utf-8',
    'content-disposition': contentDisposition(`${id}.m3u`),
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex'
  }
}
