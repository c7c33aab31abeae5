import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

/** Who asks, for limits: the address that TRUST_PROXY lets count, of IPv6 the /64, which is what one household has. */
export function clientOf ({ ip }: Pick<FastifyRequest, 'ip'>): string {
  return normalizeIP(ip)
}
