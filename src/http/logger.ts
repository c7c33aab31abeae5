import type { FastifyBaseLogger, FastifyRequest } from 'fastify'

/** The logger for requests: it shows no header, and of a URL not the values that may open something. */
export function requestLogger (logger: FastifyBaseLogger): FastifyBaseLogger {
  const req = ({ method, url, ip }: FastifyRequest) => ({ method, url: withoutValues(url), remoteAddress: ip })
  return logger.child({}, { serializers: { req } })
}

/** A URL without its query's values: whoever knows the `sig` of a link may read the file. */
export function withoutValues (url: string): string {
  const [path = '', ...query] = url.split('?')
  return query.length === 0 ? path : `${path}?${query.join('?').replace(/=[^&]*/g, '=…')}`
}
