import type { Directory, Endpoint } from './directory.js'

/** One bot's experience with the addresses that Telegram has for files alone: the others carry files as well. */
export interface FileAddresses {
  /** Those of a data centre, best first; none while they are left alone. */
  fileOnly (dcId: number): Endpoint[]
  isFileOnly (endpoint: Endpoint): boolean
  /** They cannot be reached, or nothing comes from them. */
  avoid (dcId: number): void
  /** They do not take this key, and are left alone for as long as it `isCurrent`. */
  refuse (dcId: number, key: Uint8Array): void
}

/** For how long addresses that cannot be reached, or from which nothing comes, are left alone, in ms. */
const avoidMs = 10 * 60_000

export function createFileAddresses (directory: Directory, isCurrent: (dcId: number, key: Uint8Array) => boolean): FileAddresses {
  /** In `performance.now()` ms. */
  const avoidedUntil = new Map<number, number>()
  const refused = new Map<number, Uint8Array>()

  function areLeftAlone (dcId: number): boolean {
    const key = refused.get(dcId)
    return (key !== undefined && isCurrent(dcId, key)) || (avoidedUntil.get(dcId) ?? 0) > performance.now()
  }

  return {
    fileOnly: dcId => areLeftAlone(dcId) ? [] : directory.mediaOnly(dcId),
    isFileOnly: endpoint => directory.mediaOnly(endpoint.dcId).some(({ host, port }) => host === endpoint.host && port === endpoint.port),
    avoid: dcId => { avoidedUntil.set(dcId, performance.now() + avoidMs) },
    refuse: (dcId, key) => { refused.set(dcId, key) }
  }
}
