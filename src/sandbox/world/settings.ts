/** How this Telegram behaves where the real one is not known, or not always the same. May be changed while it runs. */
export interface Settings {
  /** How long a file reference is good. */
  referenceLifetimeMs: number
  /** Whether downloads by bots check file references at all: reports differ. */
  enforceReferences: boolean
  /** What a download at or past the end of a file answers: reports differ. */
  pastTheEnd: 'empty' | 'OFFSET_INVALID'
  /** Whether bots may read public channels without being members. */
  publicChannelsReadable: boolean
  /** Log-ins of one bot within `windowMs` before it must wait. */
  loginLimit: { count: number, windowMs: number }
  /** Events that one `updates.getDifference` carries. */
  differenceLimit: number
  /** Whether `help.getConfig` also offers an IPv6 address per data centre. */
  offerIpv6: boolean
}

/** Settings that stand in nobody's way. */
export function defaultSettings (): Settings {
  return {
    referenceLifetimeMs: 3_600_000,
    enforceReferences: true,
    pastTheEnd: 'empty',
    publicChannelsReadable: false,
    loginLimit: { count: 100, windowMs: 3_600_000 },
    differenceLimit: 1000,
    offerIpv6: false
  }
}
