import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

/** libpq's `sslmode`s (postgresql.org/docs/current/libpq-ssl.html), and node-postgres' `no-verify`. */
export const SSL_MODES = ['disable', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'] as const
export type SslMode = typeof SSL_MODES[number]

/** How to connect to a database. `ifOffered`: in plain text where the server has no TLS. */
export interface Tls {
  readonly ssl: ConnectionOptions | false
  readonly ifOffered: boolean
}

/** Narrows to an `SslMode`. */
export function isSslMode (text: string): text is SslMode {
  return SSL_MODES.some(mode => mode === text)
}

/**
 * What `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of a database's URL ask for, as libpq understands them:
 * `require` encrypts and verifies nothing unless there is a root certificate. Throws on an unknown mode.
 */
export function readTls (parameters: URLSearchParams, otherwise: SslMode = 'prefer'): Tls {
  const mode = parameters.get('sslmode') ?? otherwise
  if (!isSslMode(mode)) throw new Error(`the database URL has the unknown sslmode ${mode}: use one of ${SSL_MODES.join(', ')}`)
  const rootCertificate = parameters.get('sslrootcert')
  if (mode === 'verify-ca' && rootCertificate === null) throw new Error('sslmode=verify-ca needs the authority to trust: add sslrootcert=<file> to the database URL, or use verify-full')
  if (mode === 'disable') return { ssl: false, ifOffered: false }
  return { ssl: { ...files(parameters), ...verification(mode, rootCertificate !== null) }, ifOffered: mode === 'prefer' }
}

function verification (mode: SslMode, hasRootCertificate: boolean): ConnectionOptions {
  if (mode === 'verify-full') return { rejectUnauthorized: true }
  const verifiesChain = mode === 'verify-ca' || (mode === 'require' && hasRootCertificate)
  return verifiesChain ? { rejectUnauthorized: true, checkServerIdentity: () => undefined } : { rejectUnauthorized: false }
}

function files (parameters: URLSearchParams): ConnectionOptions {
  const read = (name: string) => {
    const path = parameters.get(name)
    return path === null || path === 'system' ? undefined : readFileSync(path, 'utf8')
  }
  const [ca, cert, key] = [read('sslrootcert'), read('sslcert'), read('sslkey')]
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}
