import { Type } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { BotReport } from '../../media.js'
import { kept } from '../kept.js'
import { readingMethods, refuseOtherMethods } from '../methods.js'
import type { HttpParts } from '../parts.js'

const Bot = Type.Object({
  username: Type.Union([Type.String(), Type.Null()]),
  state: Type.String(),
  reason: Type.Optional(Type.String()),
  until: Type.Optional(Type.String({ format: 'date-time' }))
})

const Ready = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('degraded'), Type.Literal('not ready')]),
  reasons: Type.Optional(Type.Array(Type.String())),
  bots: Type.Array(Bot),
  database: Type.Union([Type.Literal('ok'), Type.Literal('unreachable')]),
  cipher: Type.Union([Type.Literal('native'), Type.Literal('wasm')])
})

/** Asked every few seconds by whoever watches, so never limited, never kept, and not worth a line in the log. */
const watched = { logLevel: 'warn' as const, config: { rateLimit: false }, onRequest: neverStore }

/** For how long what was found out holds, in ms: anybody may ask as often as he likes, and each look asks the database. */
const keptMs = 1_000

/** `/healthz`: the process lives. `/readyz`: 200 when it can serve files, `degraded` where not all is well, else 503, and why. */
export function healthRoutes (app: FastifyInstance, parts: HttpParts) {
  refuseOtherMethods(app, '/healthz')
  app.route({ ...watched, method: readingMethods, url: '/healthz', schema: { summary: 'The process lives', response: { 200: Type.String() } }, handler: async () => 'ok' })

  const readiness = kept(parts.readiness, keptMs)
  refuseOtherMethods(app, '/readyz')
  app.withTypeProvider<TypeBoxTypeProvider>().route({
    ...watched,
    method: readingMethods,
    url: '/readyz',
    schema: { summary: 'Whether it can serve files, and why not', response: { 200: Ready, 503: Ready } },
    handler: async (_request, reply) => {
      const { ready, reasons = [], bots, database, cipher } = await readiness()
      const well = reasons.length === 0 ? 'ready' as const : 'degraded' as const
      const status = ready ? well : 'not ready' as const
      return reply.code(ready ? 200 : 503).send({ status, ...reasons.length > 0 && { reasons: [...reasons] }, bots: bots.map(forStrangers), database, cipher })
    }
  })
}

/** What may be said to anybody. The report's own words may name an address or a table; they are in the log. */
const reasons: Readonly<Record<BotReport['state'], string | null>> = {
  connecting: 'it is not connected to Telegram just now: the server\'s log tells why',
  online: null,
  resting: 'Telegram asks it to wait',
  're-authorising': 'its login is over, and it logs in anew',
  gone: 'Telegram has turned it away for good: the server\'s log tells why'
}

/** Without the bot's id, which is the half of its token that is not secret. */
function forStrangers ({ username, state, until }: BotReport) {
  const reason = reasons[state]
  return { username, state, ...reason !== null && { reason }, ...until !== undefined && { until: until.toISOString() } }
}

async function neverStore (_request: unknown, reply: { header (name: string, value: string): unknown }) {
  reply.header('cache-control', 'no-store')
}
