import type { FastifyBaseLogger, FastifyRequest } from 'fastify'

/** The logger for requests: it shows no header, and of a URL not the values that may open something. */
export function requestLogger (logger: FastifyBaseLogger): FastifyBaseLogger {
  const req = ({ method, url, ip }: FastifyRequest) => ({ method, url: withoutValues(url), remoteAddress: ip })
  return logger.child({}, { serializers: { req } })
}

/** A URL without its query's values, also where `?` was encoded by mistake: whoever knows the `sig` of a link may read the file. */
export function withoutValues (url: string): string {
  const at = url.search(/\?|%(?:25)*3f/i)
  return at < 0 ? url : url.slice(0, at) + url.slice(at).replace(/(=|%(?:25)*3d)(?:(?!&|%(?:25)*26).)*/gi, '$1…')
}
