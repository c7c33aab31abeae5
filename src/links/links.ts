import type { LinkState, MediaId } from '../media.js'
import { isSignatureOf, signatureOf } from './signature.js'

/** The part of a link that opens it: `exp`, in seconds since 1970, and `sig`. */
export interface LinkQuery {
  readonly exp?: string | undefined
  readonly sig?: string | undefined
}

/** A file as its links name it. */
export interface LinkedFile {
  readonly id: MediaId
  readonly name: string | null
}

/** The addresses of a file. */
export interface Links {
  readonly download: string
  readonly watch: string
  readonly playlist: string
}

/** New links of a file, and until when they are good; `null`: for ever. */
export interface NewLinks extends Links {
  readonly expiresAt: Date | null
}

/** What a link is worth. `expired` is told from the link alone, `refused` covers everything else. */
export type Verdict = 'good' | 'expired' | 'refused'

export interface LinkOptions {
  /** Where the world reaches the server, without a slash at the end. */
  readonly publicUrl: string
  /** `null`: links are open. */
  readonly secret: string | null
  /** How long new links are good; `null`: for ever. */
  readonly ttlSeconds: number | null
  /** Milliseconds since 1970. */
  now? (): number
}

/** Makes and judges links. */
export interface LinkMaker {
  /** Whether links are signed. */
  readonly signed: boolean
  readonly publicUrl: string
  /** New links of a file whose links are of this generation. */
  make (file: LinkedFile, generation: number): NewLinks
  /** The links that the same query opens. `base` comes before the paths. */
  along (file: LinkedFile, query: LinkQuery, base?: string): Links
  /** Judges the link with which somebody came. `state` is `null` where there is no such file: then a signed link is refused, after the same work. */
  judge (id: MediaId, query: LinkQuery, state: LinkState | null): Verdict
}

/** A maker of links, signed where there is a secret. */
export function createLinks ({ publicUrl, secret, ttlSeconds, now = Date.now }: LinkOptions): LinkMaker {
  const along: LinkMaker['along'] = (file, query, base = publicUrl) => addressesOf(base, file, queryText(query))

  function queryFor (id: MediaId, generation: number, expiresAt: number | null): LinkQuery {
    if (secret === null) return {}
    const expires = expiresAt === null ? '' : String(expiresAt)
    return { exp: expiresAt === null ? undefined : expires, sig: signatureOf({ id, expires, generation }, secret) }
  }

  function isGenuine (id: MediaId, { exp = '', sig = '' }: LinkQuery, state: LinkState | null): boolean {
    if (secret === null) return true
    const genuine = isSignatureOf({ id, expires: exp, generation: state?.generation ?? 0 }, sig, secret)
    return genuine && state !== null
  }

  return {
    signed: secret !== null,
    publicUrl,
    along,
    make: (file, generation) => {
      const expiresAt = secret === null || ttlSeconds === null ? null : Math.floor(now() / 1000) + ttlSeconds
      return { ...along(file, queryFor(file.id, generation, expiresAt)), expiresAt: expiresAt === null ? null : new Date(expiresAt * 1000) }
    },
    judge: (id, query, state) => {
      const genuine = isGenuine(id, query, state)
      if (secret !== null && isPast(query.exp, now())) return 'expired'
      return genuine && state?.blocked !== true ? 'good' : 'refused'
    }
  }
}

function isPast (exp: string | undefined, nowMs: number): boolean {
  return exp !== undefined && /^\d{1,15}$/.test(exp) && Number(exp) * 1000 <= nowMs
}

function queryText ({ exp, sig }: LinkQuery): string {
  const given = Object.entries({ exp, sig }).flatMap(([name, value]) => value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`])
  return given.length === 0 ? '' : `?${given.join('&')}`
}

/** The name in the path is for players that show or judge it. */
function addressesOf (base: string, { id, name }: LinkedFile, query: string): Links {
  // Half characters cannot be encoded, and of a long name the ending counts.
  const short = [...(name ?? '').replace(/\p{Surrogate}/gu, '\ufffd')].slice(-100).join('')
  // Dots alone would be taken for a step in the path.
  const named = /^\.{0,2}$/.test(short) ? '' : `/${encodeURIComponent(short)}`
  return { download: `${base}/download/${id}${named}${query}`, watch: `${base}/watch/${id}${query}`, playlist: `${base}/playlist/${id}.m3u${query}` }
}
