import type { Problem, Settings } from './problems.js'
import { isYes, type Values } from './schema.js'

/** Reads `PUBLIC_URL`, without a slash at its end; `null` where it is not set, or wrong. */
export function readPublicUrl (settings: Settings, problems: Problem[]): string | null {
  const text = settings['PUBLIC_URL']
  if (text === undefined) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '') return url.href.replace(/\/+$/, '')
  problems.push({ variable: 'PUBLIC_URL', wrong: 'must be how the world reaches this server, with http:// or https:// and without ? and #', example: 'PUBLIC_URL=https://files.example.org' })
  return null
}

/** Reads `FQDN`, the host in links where there is no `PUBLIC_URL`. */
export function readHostName (settings: Settings, problems: Problem[]): string | null {
  const text = settings['FQDN']?.trim()
  if (text === undefined) return null
  if (/^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])$/.test(text)) return text
  problems.push({ variable: 'FQDN', wrong: 'must be a host name alone, without http:// and port', example: 'FQDN=files.example.org' })
  return null
}

/** The links' beginning that `FQDN`, `HAS_SSL` and `NO_PORT` make, as in TG-FileStreamBot; without them, where it listens. */
export function guessPublicUrl (hostName: string | null, { HOST, PORT, HAS_SSL, NO_PORT }: Values): string {
  const port = isYes(NO_PORT) ? '' : `:${PORT}`
  return new URL(`${isYes(HAS_SSL) ? 'https' : 'http'}://${hostName ?? reachable(HOST)}${port}`).href.replace(/\/+$/, '')
}

/** "Every address" is no address to go to. */
function reachable (host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
