import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Problem } from './errors.js'

/** Returns the hook that lets a request pass which carries this token (RFC 6750, 2.1). The comparison takes the same time however much of it is right. */
export function requireToken (token: string) {
  const expected = digest(token)
  return async function checkToken ({ headers }: FastifyRequest): Promise<void> {
    const [, given] = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization ?? '') ?? []
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return
    throw new Problem('UNAUTHORIZED', 'the header Authorization must be "Bearer" and the server\'s ADMIN_TOKEN', { 'www-authenticate': 'Bearer realm="teleferry"' })
  }
}

/** Of one length, whatever is compared. */
function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
