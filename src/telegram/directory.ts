import type { Api } from 'telegram'

/** An address of a data centre. */
export interface Endpoint {
  readonly dcId: number
  readonly host: string
  readonly port: number
}

/** An address as `help.getConfig` lists it, as far as it can be used here. */
export interface DcAddress extends Endpoint {
  readonly ipv6: boolean
  readonly mediaOnly: boolean
}

/** Telegram's own data centres, as its open-source clients carry them; `help.getConfig` overrules them. */
const builtIn: readonly DcAddress[] = [
  { dcId: 1, host: '149.154.175.50' },
  { dcId: 2, host: '149.154.167.51' },
  { dcId: 3, host: '149.154.175.100' },
  { dcId: 4, host: '149.154.167.91' },
  { dcId: 5, host: '149.154.171.5' }
].map(dc => ({ ...dc, port: 443, ipv6: false, mediaOnly: false }))

/** Knows where the data centres are. Shared by all bots. */
export interface Directory {
  /** The data centre to begin with. */
  readonly firstDc: number
  /** The addresses for a login at a data centre, best first; those that were silent last. */
  main (dcId: number): Endpoint[]
  /** The addresses for file connections to a data centre that serve nothing else, best first. */
  mediaOnly (dcId: number): Endpoint[]
  addresses (): readonly DcAddress[]
  /** Takes over what Telegram says; an empty list is ignored. */
  learn (addresses: readonly DcAddress[]): void
  /** Takes over what Telegram said in an earlier run, unless it has spoken since. */
  recall (addresses: readonly DcAddress[]): void
  /** Takes note that this address took a connection and gave nothing over it. */
  noteSilence (endpoint: Endpoint): void
}

/** `server` is the first address to turn to, instead of Telegram's own. */
export function createDirectory (server?: Endpoint): Directory {
  let known: readonly DcAddress[] = server === undefined ? builtIn : []
  let isLearned = false
  /** Who was silent last stands last. */
  const silent = new Set<string>()

  const first = (dcId: number) => server?.dcId === dcId ? [server] : []
  // IPv6 addresses are used only for a data centre that has no other.
  const reachable = (dcId: number, mediaOnly: boolean) => {
    const all = known.filter(address => address.dcId === dcId && address.mediaOnly === mediaOnly)
    const v4 = all.filter(address => !address.ipv6)
    return v4.length > 0 ? v4 : all
  }

  const speakingFirst = (endpoints: readonly Endpoint[]) => {
    const names = [...silent]
    return endpoints.toSorted((a, b) => names.indexOf(nameOf(a)) - names.indexOf(nameOf(b)))
  }

  return {
    firstDc: server?.dcId ?? 2,
    main: dcId => speakingFirst(distinct([...first(dcId), ...reachable(dcId, false)])),
    mediaOnly: dcId => distinct(reachable(dcId, true)),
    addresses: () => known,
    learn: addresses => {
      if (addresses.length === 0) return
      known = addresses
      isLearned = true
    },
    recall: addresses => { if (!isLearned && addresses.length > 0) known = addresses },
    noteSilence: endpoint => {
      silent.delete(nameOf(endpoint))
      silent.add(nameOf(endpoint))
    }
  }
}

function nameOf ({ host, port }: Endpoint): string {
  return `${host} ${port}`
}

function distinct (endpoints: readonly Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.map(endpoint => [nameOf(endpoint), { dcId: endpoint.dcId, host: endpoint.host, port: endpoint.port }])).values()]
}

/**
 * The usable addresses of a configuration: no CDN (other keys, other calls), none that want an obfuscated transport
 * (`tcpoOnly`, `secret`).
 */
export function addressesIn (config: Api.Config): DcAddress[] {
  return config.dcOptions
    .filter(option => !option.cdn && !option.tcpoOnly && !option.secret)
    .map(option => ({
      dcId: option.id, host: option.ipAddress, port: option.port, ipv6: Boolean(option.ipv6), mediaOnly: Boolean(option.mediaOnly)
    }))
}
