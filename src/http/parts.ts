import type { FastifyBaseLogger } from 'fastify'
import type { LinkMaker } from '../links/links.js'
import type { BotReport, ByteRange, Copy, LinkState, MediaFile, MediaId } from '../media.js'
import type { BandwidthCaps } from './bandwidth.js'

/** A file whose size in bytes is known. */
export type SizedFile = MediaFile & { readonly size: number }

/** A file of the catalogue, who can read it, and what was done to its links. */
export interface FoundFile {
  readonly file: MediaFile
  readonly copies: readonly Copy[]
  readonly link: LinkState
}

/** What the HTTP server needs from the rest of the program. */
export interface HttpParts {
  /** What the database says; while it does not answer, what it said lately, if that `mayDo`. By default nothing may. */
  findMedia (id: MediaId, mayDo?: (found: FoundFile) => boolean): Promise<FoundFile | null>
  /** Makes and judges links. */
  readonly links: LinkMaker
  /** Resolves when the first bytes are in hand. Throws FileUnavailable, FileGone; later the iteration throws them. Ends when `signal` aborts. */
  openFile (file: SizedFile, copies: readonly Copy[], range: ByteRange, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Keeps the bots that read a file, also once the service is told to stop, until the function that comes back is called; again it does nothing. */
  keepBots (copies: readonly Copy[]): () => void
  /** Finds out the size, in bytes, of a file whose row does not tell. Throws as `openFile` does. */
  sizeOf (file: MediaFile, copies: readonly Copy[], signal: AbortSignal): Promise<number>
  readiness (): Promise<Readiness>
  /** For how many seconds caches may keep the file of an open link without asking again; 0: they ask each time. */
  readonly cacheMaxAgeSeconds: number
  /** What the administrative routes do; `null`: there are none. */
  readonly admin: Administration | null
  /** Requests per client and minute; 0 means no limit. */
  readonly rateLimitPerMinute: number
  /** Answers with 403 or 404 per client and minute, after which the client gets no answers; 0 means no limit. */
  readonly guessLimitPerMinute: number
  /** An ioredis client that counts the two for all processes; `null`: each process counts its own. */
  readonly redis: object | null
  /** Files that a client may have sent to it at once; 0 means no limit. */
  readonly streamLimit: number
  readonly bandwidth: BandwidthCaps
  /** Whose `X-Forwarded-*` is believed: everybody's, that of so many proxies, or of these addresses (comma-separated, CIDR too). */
  readonly trustProxy: boolean | number | string
  /** pino, or what looks like it. */
  readonly logger: FastifyBaseLogger
  /** How long a request may wait for the file's first byte, in milliseconds. Default 25 000. */
  readonly firstByteMs?: number
}

/** Where a page of a list ended. `time`: as the database writes it, `null` for a file without one. */
export interface PagePosition {
  readonly time: string | null
  readonly id: MediaId
}

/** What the owner's programs may do. */
export interface Administration {
  /** What opens the routes. */
  readonly token: string
  /** A page of the files, the newest first. */
  listFiles (page: { readonly search: string | null, readonly after: PagePosition | null, readonly limit: number }): Promise<{ readonly files: ReadonlyArray<Pick<FoundFile, 'file' | 'link'>>, readonly next: PagePosition | null }>
  /** The ids of the users who sent a file, `0` for nobody in particular. */
  findSenders (id: MediaId): Promise<readonly string[]>
  /** Ends all links of a file, once for each `occasion`; where links are not signed, nobody may download it any more. */
  revoke (id: MediaId, occasion: string): Promise<void>
  unblock (id: MediaId): Promise<void>
  /** Removes a file from the catalogue; resolves with whether there was one. */
  forget (id: MediaId, occasion: string): Promise<boolean>
  bots (): BotReport[]
  metrics (): Promise<MetricsPage>
}

/** What Prometheus reads, and the type of that text. */
export interface MetricsPage {
  readonly contentType: string
  readonly text: string
}

/** Whether the service can serve, and what it is made of. */
export interface Readiness {
  readonly ready: boolean
  /** What is not as it should be, in words for anybody; absent or empty: nothing. */
  readonly reasons?: readonly string[]
  readonly bots: readonly BotReport[]
  readonly database: 'ok' | 'unreachable'
  /** The implementation of AES that decrypts. */
  readonly cipher: 'native' | 'wasm'
}
