import { Type } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Copy } from '../../media.js'
import { answerFor, answerUnsized } from '../answer.js'
import type { Answer, FileRequest } from '../answer.js'
import { openBody } from '../body.js'
import { cacheControl } from '../cache-control.js'
import { answerPreflights, openToAllOrigins } from '../cors.js'
import { Problem } from '../errors.js'
import type { FindFile } from '../find-file.js'
import { firstByteMs, inTime, untilGone } from '../first-byte.js'
import { LinkParameters } from '../link-parameters.js'
import { readingMethods, refuseOtherMethods } from '../methods.js'
import type { FoundFile, HttpParts } from '../parts.js'
import { sendBody } from '../send-body.js'
import { createStreams } from '../streams.js'
import type { Seat } from '../streams.js'

const Params = Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })
const Query = Type.Object({ ...LinkParameters, download: Type.Optional(Type.Unknown({ description: 'present: the file is to be saved, not shown' })) })

/** `GET` and `HEAD /download/:id`, with a name after it for players that want one: the file, or the part of it that Range asks for. */
export function downloadRoutes (app: FastifyInstance, parts: HttpParts, findFile: FindFile) {
  const streams = createStreams(parts)
  for (const url of ['/download/:id', '/download/:id/:name']) {
    refuseOtherMethods(app, url, [...readingMethods, 'OPTIONS'])
    answerPreflights(app, url)
    app.withTypeProvider<TypeBoxTypeProvider>().route({
      method: readingMethods,
      url,
      schema: { summary: 'The file, or the part of it that Range asks for', params: Params, querystring: Query },
      onRequest: async (_request, reply) => { reply.headers(openToAllOrigins) },
      handler: async (request, reply) => {
        const { method, headers, params, query, raw } = request
        const asked = { method, headers, attachment: 'download' in query, cacheControl: cacheControl(parts.cacheMaxAgeSeconds, parts.links.signed) }
        const left = untilGone(raw)
        const enter = (copies: readonly Copy[]) => streams.enter(copies, request, reply, left.signal)
        const answer = await inTime(async signal => await open(parts, await findFile(request, params.id, query), asked, enter, signal), parts.firstByteMs ?? firstByteMs, left)
        reply.code(answer.status).headers(answer.headers)
        if (answer.body === null) return await reply.send()
        await send(reply, answer.body, left.signal)
      }
    })
  }
}

/** Past Fastify, whose way through streams reads further ahead. What fails now cannot be said any more but by closing the connection. */
async function send (reply: FastifyReply, body: AsyncIterable<Uint8Array>, gone: AbortSignal) {
  const { raw } = reply.hijack()
  try {
    raw.statusCode = reply.statusCode
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
    await sendBody(raw, body, gone)
  } catch (err) {
    noteEnd(reply, err, gone)
    raw.destroy()
  }
}

/** Fastify has no line for an answer that nobody read to its end. A write may fail before the request hears that its connection is closed. */
function noteEnd (reply: FastifyReply, err: unknown, gone: AbortSignal) {
  const facts = { status: reply.statusCode, responseTime: reply.elapsedTime }
  if (gone.aborted || reply.request.raw.socket.destroyed) reply.log.info(facts, 'the viewer left')
  else reply.log.warn({ ...facts, err }, 'a stream ended early')
}

/** Decides, and has its first bytes in hand, while it can still be said that something is wrong. */
async function open (parts: HttpParts, { file, copies }: FoundFile, request: FileRequest, enter: (copies: readonly Copy[]) => Promise<Seat>, signal: AbortSignal) {
  if (file.size === null && request.method === 'HEAD') return { ...refusing(answerUnsized(file, request)), body: null }
  const seat = request.method === 'HEAD' ? null : await enter(copies)
  const sized = { ...file, size: file.size ?? await parts.sizeOf(file, copies, signal) }
  const { status, headers, pieces } = refusing(answerFor(sized, request))
  if (seat === null || pieces.length === 0) return { status, headers, body: null }
  const body = await openBody(pieces, range => parts.openFile(sized, copies, range, signal))
  return { status, headers, body: seat.pace(body) }
}

/** The answer, unless it is an error. */
function refusing (answer: Answer): Answer {
  const { status, headers } = answer
  if (status === 416) throw new Problem('RANGE_NOT_SATISFIABLE', 'the range lies outside the file, whose size Content-Range tells', headers)
  if (status === 412) throw new Problem('PRECONDITION_FAILED', 'the file is not the one that If-Match or If-Unmodified-Since names: ask again without it', headers)
  return answer
}
