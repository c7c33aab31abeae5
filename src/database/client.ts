import { Socket } from 'node:net'
import pg from 'pg'
import { readTls, type SslMode, type Tls } from './tls.js'

const CONNECT_TIMEOUT_MS = 10_000

/** The database cannot be had. The message says where it was looked for, why that failed and what to check. */
export class DatabaseUnreachable extends Error {
  readonly code = 'NO_DATABASE'
}

/**
 * node-postgres' settings for a database's URL. `sslMode` holds where the URL names none; without either it is
 * `prefer`, as for libpq. Connects once to find out when TLS depends on what the server offers; then throws the reason of `signal`.
 */
export async function clientConfig (url: string, applicationName: string, sslMode?: SslMode, signal?: AbortSignal): Promise<pg.ClientConfig> {
  const parsed = parseUrl(url)
  const base = { application_name: applicationName, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
  // node-postgres' own parameter: it knows best what that means.
  if (parsed.searchParams.has('ssl') && !parsed.searchParams.has('sslmode')) return { ...base, connectionString: url }
  const tls = tlsOf(parsed, sslMode)
  // node-postgres reads these names differently than libpq does, so it must not see them.
  for (const name of ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat']) parsed.searchParams.delete(name)
  const config = { ...base, connectionString: parsed.href, ssl: tls.ssl }
  return tls.ifOffered && !await acceptsTls(config, signal) ? { ...config, ssl: false } : config
}

/** Connects a client of its own. The caller ends it. Throws DatabaseUnreachable, or the reason of `signal`, which ends the waiting for a server that says nothing. */
export async function openClient (config: pg.ClientConfig, signal?: AbortSignal): Promise<pg.Client> {
  signal?.throwIfAborted()
  const socket = new Socket()
  const client = new pg.Client({ ...config, stream: () => socket })
  const giveUp = () => { socket.destroy() }
  signal?.addEventListener('abort', giveUp, { once: true })
  // An idle connection that breaks says so here; the next query fails anyway.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (cause) {
    client.end().catch(() => {})
    signal?.throwIfAborted()
    throw new DatabaseUnreachable(`cannot connect to the database "${client.database}" at ${client.host}:${client.port}: ${explain(cause)}: check DATABASE_URL`, { cause })
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}

function tlsOf (url: URL, sslMode?: SslMode): Tls {
  try {
    return readTls(url.searchParams, isLocalSocket(url) ? 'disable' : sslMode)
  } catch (cause) {
    throw new DatabaseUnreachable(`cannot use TLS as DATABASE_URL says: ${explain(cause)}`, { cause })
  }
}

async function acceptsTls (config: pg.ClientConfig, signal?: AbortSignal): Promise<boolean> {
  try {
    const client = await openClient(config, signal)
    await client.end()
    return true
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    // invalid_authorization_specification: a server with TLS may admit us without only.
    const mayBePlain = cause instanceof Error && (cause.message.includes('does not support SSL') || ('code' in cause && cause.code === '28000'))
    if (mayBePlain) return false
    throw error
  }
}

function parseUrl (url: string): URL {
  try {
    return new URL(url)
  } catch {
    // Without the cause, which shows the URL and so the password.
    throw new DatabaseUnreachable('the database URL cannot be read: it must look like postgres://user:password@host:5432/name, with special characters percent-encoded')
  }
}

function isLocalSocket (url: URL): boolean {
  return (url.searchParams.get('host') ?? decodeURIComponent(url.hostname)).startsWith('/')
}

/** A name with several addresses fails with one error for each, and no message above them. */
function explain (error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join(', ')
  if (!(error instanceof Error)) return String(error)
  // node-postgres' words for having none.
  return error.message.includes('client password must be a string') ? 'the server wants a password, and the URL has none' : error.message
}
