import { isIP } from 'node:net'
import type { Problem, Settings } from './problems.js'

/**
 * Whose `X-Forwarded-*` headers are believed: nobody's, everybody's, those of so many proxies, or those of the addresses
 * in this comma-separated list.
 */
export type TrustProxy = boolean | number | string

const EXAMPLE = 'TRUST_PROXY=1 or TRUST_PROXY=10.0.0.0/8,127.0.0.1'

/** Reads `TRUST_PROXY`; without it nobody is believed, because anybody can send such a header. */
export function readTrustProxy (settings: Settings, problems: Problem[]): TrustProxy {
  const text = settings['TRUST_PROXY']?.trim().toLowerCase() ?? 'false'
  if (['false', 'no', 'off', '0'].includes(text)) return false
  if (['true', 'yes', 'on'].includes(text)) return true
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const addresses = text.split(/[\s,]+/).filter(address => address !== '')
  if (addresses.length > 0 && addresses.every(isAddress)) return addresses.join(',')
  problems.push({ variable: 'TRUST_PROXY', wrong: 'must be true, false, a number of proxies, or a list of their addresses', example: EXAMPLE })
  return false
}

/** An address, a network, or one of the names that Fastify knows for networks. */
function isAddress (text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}
