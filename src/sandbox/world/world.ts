import type { Account } from './accounts.js'
import type { Channel, Group, PrivateChat } from './chats.js'
import type { CallbackQuery, Delivery } from './events.js'
import type { StoredFile } from './files.js'
import { createSecrets, type Secrets } from './secrets.js'
import { defaultSettings, type Settings } from './settings.js'
import type { Upload } from './uploads.js'

/** Everything that this Telegram knows. Ids are decimal text, except those of files. */
export interface World {
  readonly dcIds: readonly number[]
  /** Where accounts live unless said otherwise. */
  readonly homeDc: number
  /** The application that may log in. */
  readonly api: { readonly id: number, readonly hash: string }
  readonly settings: Settings
  readonly secrets: Secrets
  /** Milliseconds since 1970. */
  now(): number
  readonly accounts: Map<string, Account>
  readonly privateChats: Map<string, PrivateChat>
  readonly groups: Map<string, Group>
  readonly channels: Map<string, Channel>
  /** In lower case. */
  readonly usernames: Map<string, Account | Channel>
  readonly files: Map<bigint, StoredFile>
  readonly queries: Map<bigint, CallbackQuery>
  readonly uploads: Map<string, Upload>
  /** Authorisations on their way to another data centre, by their bytes in hex. */
  readonly tickets: Map<string, { readonly account: Account, readonly dcId: number }>
  /** References of earlier generations have expired. */
  referenceGeneration: number
  /** Hears of everything that happens, after it happened. */
  readonly listeners: Set<(deliveries: readonly Delivery[]) => void>
  /** Counts whatever is made, for ids. */
  made: number
}

/** What a world is made of. */
export interface WorldOptions {
  readonly dcIds: readonly number[]
  readonly homeDc: number
  readonly api: { readonly id: number, readonly hash: string }
  /** The same seed gives the same ids, tokens and hashes. */
  readonly seed: string
  readonly now: () => number
  readonly settings?: Partial<Settings>
}

/** A world without anybody. Throws a RangeError where `homeDc` is none of `dcIds`. */
export function createWorld (options: WorldOptions): World {
  const { dcIds, homeDc, api, now } = options
  if (!dcIds.includes(homeDc)) throw new RangeError(`homeDc ${homeDc} is none of the data centres ${dcIds.join(', ')}`)
  return {
    dcIds,
    homeDc,
    api,
    now,
    settings: { ...defaultSettings(), ...options.settings },
    secrets: createSecrets(options.seed),
    accounts: new Map(),
    privateChats: new Map(),
    groups: new Map(),
    channels: new Map(),
    usernames: new Map(),
    files: new Map(),
    queries: new Map(),
    uploads: new Map(),
    tickets: new Map(),
    referenceGeneration: 1,
    listeners: new Set(),
    made: 0
  }
}

/** The time in unix seconds, as Telegram writes dates. */
export function unixTime (world: World): number {
  return Math.floor(world.now() / 1000)
}

/** Tells the listeners what happened. */
export function announce (world: World, deliveries: readonly Delivery[]): void {
  for (const listener of [...world.listeners]) listener(deliveries)
}
