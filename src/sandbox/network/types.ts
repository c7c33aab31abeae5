import type { Api } from 'telegram'

/** What a client said about itself in `initConnection`. */
export interface ClientInfo {
  readonly apiId: number
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly langCode: string
}

/**
 * An authorisation key of one data centre; each DC has its own. `id` is 16 hex digits, `key` 256 bytes, `createdAt` in ms.
 * `accountId` is the decimal id of the bot or user logged in on it: set it to log in, `Network.logOut` to log out.
 * `layer` and `client` are what `invokeWithLayer(initConnection(…))` told last.
 */
export interface AuthKey {
  readonly id: string
  readonly key: Buffer
  readonly dcId: number
  readonly createdAt: number
  accountId: string | null
  layer: number | null
  client: ClientInfo | null
}

/** A client's MTProto session on a key. `id` is its 64-bit session id, 16 hex digits. */
export interface Session {
  readonly id: string
  readonly key: AuthKey
}

/** An API call without its wrappers. `method` is GramJS's class name: `upload.GetFile`. */
export interface Call {
  readonly method: string
  readonly request: Api.AnyRequest
  readonly key: AuthKey
  readonly session: Session
  readonly dcId: number
  readonly media: boolean
  readonly withoutUpdates: boolean
}

/** Whatever GramJS's TL classes can serialise. */
export interface TlObject {
  getBytes (): Uint8Array
}

/**
 * What a call returns: an object, a Bool, a `Vector` of objects, or bytes already serialised, whole or in parts. Bytes are
 * sent as they are and must not change afterwards. A `Vector<int>` or `Vector<long>` goes as bytes.
 */
export type Answer = TlObject | boolean | readonly TlObject[] | Uint8Array | readonly Uint8Array[]

/** Answers one call. Throws `RpcError` for Telegram's errors; anything else it throws is answered with 500 and reported. */
export type Handler = (call: Call) => Promise<Answer>

/** An error in Telegram's words: `new RpcError(420, 'FLOOD_WAIT_5')`. */
export class RpcError extends Error {
  constructor (readonly code: number, readonly errorMessage: string) {
    super(`${code} ${errorMessage}`)
  }
}

/** What is known of a connection. `media` tells the DC's `media_only` address; account and key are those last used on it. */
export interface ConnectionFacts {
  readonly connectionId: number
  readonly dcId: number
  readonly media: boolean
  readonly accountId: string | null
  readonly keyId: string | null
}

/** A moment at which a fault can strike: a new connection, a call before it is handled, its answer before it is sent, a pushed update. */
export type FaultEvent = 'connect' | 'call' | 'answer' | 'update'

/** What is known of a moment. `method` and `request` belong to calls and answers, `updates` to updates. */
export interface Facts extends ConnectionFacts {
  readonly event: FaultEvent
  readonly method?: string
  readonly request?: Api.AnyRequest
  readonly updates?: Api.TypeUpdates
}

/** A predicate, or the facts that must be equal. */
export type Match<T> = Partial<T> | ((facts: T) => boolean)

/**
 * What a fault does, and the events that it fits:
 * - `error` (call, answer): this error is the answer; at `answer` the call has been carried out all the same.
 * - `delay` (any): waits.
 * - `silence` (connect, call, answer): no answer ever comes, the connection stays open; at `answer` the call was carried out.
 * - `drop` (any): closes the connection.
 * - `cut` (answer, update): sends half of the frame, then closes.
 * - `corrupt` (answer, update): flips a bit of the frame; `crc` breaks its checksum, `payload` what is encrypted.
 * - `truncate` (answer): `upload.file` carries only its first `bytes` bytes.
 * - `gzip` (answer, update): packs it, whatever its size.
 * - `later-layer` (answer): it is of a type that the client has never heard of.
 * - `error-first-container` (call): this error is the answer, held until the session's next answer and sent before it in one container.
 * - `transport-error` (connect, call, answer): a bare negative number instead of a message; `raw` without the frame around it.
 * - `lose`, `duplicate`, `reorder` (update): never sent; sent twice; held until the session's next update has been sent.
 */
export type FaultAction =
  | { readonly kind: 'error', readonly code: number, readonly message: string }
  | { readonly kind: 'delay', readonly ms: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'corrupt', readonly part: 'crc' | 'payload' }
  | { readonly kind: 'truncate', readonly bytes: number }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'later-layer' }
  | { readonly kind: 'error-first-container', readonly code: number, readonly message: string }
  | { readonly kind: 'transport-error', readonly code: -404 | -429 | -444, readonly raw?: true }
  | { readonly kind: 'lose' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'reorder' }

/** A rule of misbehaviour. It strikes `times` times, or until it is removed; a call at most once. */
export interface FaultRule {
  readonly match: Match<Facts>
  readonly action: FaultAction
  readonly times?: number
}

/** A rule in force. `hits` counts how often it struck. */
export interface Fault {
  readonly hits: number
  remove (): void
}

/** Misbehaviour on demand. All rules that match a moment act, in the order they were added. */
export interface Faults {
  /** Throws a TypeError where the rule could never strike. */
  add (rule: FaultRule): Fault
  clear (): void
}

/**
 * How slow a line is. `latencyMs`: round trip, added to every answer and once to a new connection. `bytesPerSecond` caps what the
 * server sends, smoothly; `sharedBy` says who shares the cap: each `connection` alone (default), an `account`, a `dc`, or `all` that match.
 */
export interface Shape {
  readonly match: Match<ConnectionFacts>
  readonly latencyMs?: number
  readonly bytesPerSecond?: number
  readonly sharedBy?: 'connection' | 'account' | 'dc' | 'all'
}

/** Something in force until removed. */
export interface Removable {
  remove (): void
}

/** Counts of calls. `fileBytes`: bytes of files sent by `upload.getFile`. */
export interface Tally {
  calls: number
  errors: number
  fileBytes: number
  readonly methods: Record<string, { calls: number, errors: number }>
}

/** What happened so far. `refused`: connections closed because they did not speak TCP Full or MTProto. */
export interface Statistics extends Tally {
  readonly connections: { open: number, total: number, refused: number }
  handshakes: number
  readonly dcs: Record<string, Tally>
  readonly accounts: Record<string, Tally>
}

/** Where a data centre listens. `mediaPort`: its `media_only` address, where there is one. */
export interface DcAddress {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly mediaPort?: number
}

/** The running data centres. */
export interface Network {
  readonly dcs: readonly DcAddress[]
  /** The RSA public key of all DCs, PEM (SPKI). */
  readonly publicKeyPem: string
  /** While true, one key that makes calls other than `upload.*` over two connections at once loses its login: 406 AUTH_KEY_DUPLICATED. */
  strictSingleConnection: boolean
  /**
   * Sends updates to each key logged in as this account, over the newest connection on which it made a normal call (not `upload.*`, not
   * without updates). The key of `except` gets none. Returns how many got it, before faults.
   */
  push (accountId: string, updates: Api.TypeUpdates, except?: Session): number
  /** All keys logged in as this account, at all DCs. */
  keysOf (accountId: string): AuthKey[]
  /** How many messages the account's clients have not acknowledged. */
  unacknowledged (accountId: string): number
  /** Takes the login off a key; the key itself stays known. */
  logOut (key: AuthKey): void
  /** Forgets a key: its next message is answered with transport error -404. */
  forgetKey (keyId: string): void
  /** Forgets the sessions of this account and what was to be sent in them, as by a restart: the next message of each begins it anew. */
  forgetSessions (accountId: string): void
  /** Gives every key a new salt; the old ones are refused from now on. */
  rotateSalts (): void
  readonly faults: Faults
  shape (shape: Shape): Removable
  /** Stops reading and writing on the connections that match, present and future, and keeps them open. */
  freeze (match: Match<ConnectionFacts>): Removable
  /** Closes the connections that match; returns how many. */
  disconnect (match: Match<ConnectionFacts>): number
  /** A snapshot. */
  stats (): Statistics
  /** Ends listeners, connections and timers. */
  close (): Promise<void>
}

/**
 * `now` in ms since 1970. `mediaOnly` adds a second address to each DC. `privateKeyPem` is a 2048-bit RSA key; without it one is made.
 * `gzip` (default true) packs large answers as Telegram does. `onError` hears of handlers' own failures (default: a process warning).
 */
export interface NetworkOptions {
  readonly dcIds: readonly number[]
  readonly handler: Handler
  readonly now?: () => number
  readonly mediaOnly?: boolean
  readonly privateKeyPem?: string
  readonly gzip?: boolean
  readonly strictSingleConnection?: boolean
  readonly onError?: (error: unknown) => void
}
