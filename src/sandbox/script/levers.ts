import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Network } from '../network/types.js'
import { forgetEvents } from '../world/boxes.js'
import type { Settings } from '../world/settings.js'
import type { World } from '../world/world.js'
import type { SandboxChat } from './chat.js'
import type { Actor } from './stage.js'

/** Where this Telegram is, for those who log in. */
export interface Addresses {
  /** For TELEGRAM_SERVER. */
  readonly server: string
  /** For TELEGRAM_PUBLIC_KEY, once it is in a file. */
  readonly publicKeyPem: string
  /** Writes the key into a folder; resolves to the file's path. */
  writePublicKey (dir: string): Promise<string>
  readonly apiId: number
  readonly apiHash: string
}

/** What makes it misbehave, and tells what it did. */
export interface Levers {
  /** May be changed at any time. */
  readonly settings: Settings
  /** All file references given so far have expired. */
  expireReferences (): void
  /** Nobody can catch up with what happened so far: differences are too long. */
  forgetUpdates (of: Actor | SandboxChat): void
  readonly network: Network
  readonly faults: Network['faults']
  readonly shape: Network['shape']
  readonly freeze: Network['freeze']
  readonly disconnect: Network['disconnect']
  readonly stats: Network['stats']
  readonly close: Network['close']
}

/** The addresses of `network`. */
export function addressesOf (world: World, { dcs, publicKeyPem }: Network): Addresses {
  const home = dcs.find(dc => dc.id === world.homeDc)
  if (home === undefined) throw new Error(`data centre ${world.homeDc} is not up`)
  return {
    server: `${home.id}@${home.host}:${home.port}`,
    publicKeyPem,
    apiId: world.api.id,
    apiHash: world.api.hash,
    writePublicKey: async dir => {
      const path = join(dir, 'sandbox-public-key.pem')
      await writeFile(path, publicKeyPem)
      return path
    }
  }
}

/** The levers of `world` and `network`. */
export function leversOf (world: World, network: Network): Levers {
  const { faults, shape, freeze, disconnect, stats, close } = network
  return {
    settings: world.settings,
    expireReferences: () => { world.referenceGeneration += 1 },
    forgetUpdates: of => {
      if (!('chat' in of)) forgetEvents(of.account.box)
      else if (of.chat.kind === 'channel') forgetEvents(of.chat.box)
      else throw new TypeError('a basic group has no updates of its own: name one of its members')
    },
    network,
    faults,
    shape,
    freeze,
    disconnect,
    stats,
    close
  }
}
