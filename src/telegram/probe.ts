import { createDirectory, type Endpoint } from './directory.js'
import { openFirst } from './login.js'
import { installPatches } from './patches.js'
import { trustServerKey } from './server-keys.js'
import { defaultTiming } from './timing.js'

/** The server to ask; absent: Telegram's own. `publicKeyPem`: its RSA key. */
export interface ProbeOptions {
  readonly server?: Endpoint
  readonly publicKeyPem?: string
}

/**
 * Exchanges a key with Telegram's first server, without logging anybody in, and throws it away. Resolves to how many seconds
 * Telegram's clock is ahead of this machine's. Rejects where Telegram cannot be reached.
 */
export async function probeTelegram ({ server, publicKeyPem }: ProbeOptions, signal: AbortSignal): Promise<number> {
  installPatches()
  if (publicKeyPem !== undefined) trustServerKey(publicKeyPem)
  const directory = createDirectory(server)
  const link = await openFirst(directory.main(directory.firstDc), null, { timing: defaultTiming }, signal)
  link.close()
  return link.clockAheadSeconds
}
