import { createDispatch } from './dispatch.js'
import { startNetwork } from './network/network.js'
import { type Cast, createCast } from './script/cast.js'
import { type Addresses, addressesOf, type Levers, leversOf } from './script/levers.js'
import { createObservation, type Observation } from './script/observation.js'
import { createStage } from './script/stage.js'
import type { Telegram } from './telegram.js'
import type { Settings } from './world/settings.js'
import { createWorld, type World } from './world/world.js'

/** What a Telegram of our own is made of. `now` in ms since 1970. The same `seed` gives the same ids and tokens. */
export interface SandboxOptions {
  readonly dcIds?: readonly number[]
  /** Where bots live, unless one says otherwise. */
  readonly homeDc?: number
  /** The application that may log in. */
  readonly api?: { readonly id: number, readonly hash: string }
  /** How long a file reference is good. */
  readonly referenceLifetimeMs?: number
  readonly seed?: string
  readonly settings?: Partial<Settings>
  /** Gives each data centre a second, `media_only` address, which comes first in `help.getConfig`. */
  readonly mediaOnly?: boolean
  /** The RSA key of all data centres, 2048 bits; without it one is made, which takes a moment. */
  readonly privateKeyPem?: string
  readonly now?: () => number
}

/** A running Telegram, and the strings to pull. */
export interface Sandbox extends Addresses, Cast, Observation, Levers {}

/** Starts a Telegram on free ports of 127.0.0.1. Throws a RangeError where `homeDc` is none of `dcIds`. */
export async function startSandbox (options: SandboxOptions = {}): Promise<Sandbox> {
  const world = worldOf(options)
  const network = await startNetwork({
    dcIds: world.dcIds,
    handler: async call => await dispatch(call),
    now: world.now,
    mediaOnly: options.mediaOnly ?? false,
    strictSingleConnection: true,
    ...(options.privateKeyPem === undefined ? {} : { privateKeyPem: options.privateKeyPem })
  })
  const telegram: Telegram = { world, network, revokedKeys: new Set() }
  const dispatch = createDispatch(telegram)
  const stage = createStage(telegram)
  return { ...addressesOf(world, network), ...createCast(stage), ...createObservation(stage), ...leversOf(world, network) }
}

function worldOf (options: SandboxOptions): World {
  const { dcIds = [1, 2, 4], homeDc = 2, seed = 'sandbox', now = Date.now, settings = {}, referenceLifetimeMs } = options
  const api = options.api ?? { id: 1_234_567, hash: '0123456789abcdef0123456789abcdef' }
  const lifetime = referenceLifetimeMs === undefined ? {} : { referenceLifetimeMs }
  return createWorld({ dcIds, homeDc, api, seed, now, settings: { ...settings, ...lifetime } })
}
