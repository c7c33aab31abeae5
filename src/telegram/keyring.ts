import { setTimeout as sleep } from 'node:timers/promises'
import type { BotId } from '../media.js'
import type { DcAddress } from './directory.js'
import type { Loan } from './loan.js'
import type { Log } from './log.js'
import { openSession, sealSession } from './session-cipher.js'
import { backoff, type Timing } from './timing.js'

/** A bot's authorisation keys, one for each data centre, and which of them are logged in. Kept across restarts. */
export interface Keyring {
  /** The data centre where the bot's account lives, once known. */
  home (): number | null
  setHome (dcId: number): void
  key (dcId: number): Uint8Array | null
  isLoggedIn (dcId: number): boolean
  set (dcId: number, key: Uint8Array, isLoggedIn: boolean): void
  setLoggedIn (dcId: number, isLoggedIn: boolean): void
  /** Forgets a key that Telegram does not know any more. */
  forget (dcId: number): void
  /** The addresses of the data centres as last stored. */
  addresses (): readonly DcAddress[]
  setAddresses (addresses: readonly DcAddress[]): void
  /** Tries once more where storing failed. Resolves when all changes are stored, or failed to be. */
  saved (): Promise<void>
  /** Deletes what is stored. */
  remove (): Promise<void>
}

interface StoredKey { readonly key: string, readonly loggedIn: boolean }
interface Content { home: number | null, keys: Record<string, StoredKey>, addresses: readonly DcAddress[] }

export interface KeyringOptions {
  readonly botId: BotId
  readonly token: string
  readonly loan: Pick<Loan, 'data' | 'save' | 'remove' | 'over'>
  readonly timing: Timing
  readonly log: Log
}

/**
 * Opens a bot's keys. A session that this token cannot open counts as none. Changes are stored by themselves, one write
 * at a time, and tried again until they are, for as long as the session is lent.
 */
export function openKeyring ({ botId, token, loan, timing, log }: KeyringOptions): Keyring {
  const sealed = loan.data
  const content = parse(sealed === null ? null : openSession(sealed, token))
  if (sealed !== null && content.home === null) log.warn({ botId }, 'the stored session cannot be opened with this token: the bot logs in anew')
  const save = serially({
    task: () => loan.save(sealSession(Buffer.from(JSON.stringify(content)), token)),
    onTrouble: err => log.warn({ botId, err }, 'the session could not be stored; it is tried again: a start before that works may have to log in anew'),
    timing,
    over: loan.over
  })

  function change (dcId: number, stored: StoredKey): void {
    const old = content.keys[dcId]
    if (old?.key === stored.key && old.loggedIn === stored.loggedIn) return
    content.keys[dcId] = stored
    save.request()
  }

  return {
    home: () => content.home,
    setHome: dcId => { if (content.home !== dcId) { content.home = dcId; save.request() } },
    key: dcId => { const stored = content.keys[dcId]; return stored === undefined ? null : Buffer.from(stored.key, 'base64') },
    isLoggedIn: dcId => content.keys[dcId]?.loggedIn ?? false,
    set: (dcId, key, loggedIn) => change(dcId, { key: Buffer.from(key).toString('base64'), loggedIn }),
    setLoggedIn: (dcId, loggedIn) => { const stored = content.keys[dcId]; if (stored !== undefined) change(dcId, { ...stored, loggedIn }) },
    forget: dcId => { delete content.keys[dcId]; save.request() },
    addresses: () => content.addresses,
    setAddresses: addresses => {
      if (JSON.stringify(addresses) === JSON.stringify(content.addresses)) return
      content.addresses = addresses
      save.request()
    },
    saved: () => save.settled(),
    remove: async () => { await save.settled(); await loan.remove() }
  }
}

function parse (bytes: Uint8Array | null): Content {
  const empty: Content = { home: null, keys: {}, addresses: [] }
  if (bytes === null) return empty
  try {
    // Authentic, since it was encrypted with the token: only an older version of this program may have written another shape.
    const { home, keys, addresses } = JSON.parse(Buffer.from(bytes).toString()) as Partial<Content>
    return { home: home ?? null, keys: keys ?? {}, addresses: addresses ?? [] }
  } catch {
    return empty
  }
}

interface Serial {
  task (): Promise<void>
  /** Told of the first of several failures in a row. */
  onTrouble (error: unknown): void
  readonly timing: Timing
  /** Aborts when nothing is to be tried any more. */
  readonly over: AbortSignal
}

/**
 * Runs `task` after each request, one at a time; requests that come meanwhile are met by one more run, and so is a failure, after
 * a pause that doubles. `settled` cuts the pause short, and what fails then is left until the next request.
 */
function serially ({ task, onTrouble, timing, over }: Serial) {
  let wanted = false
  let running: Promise<void> | null = null
  let settling = new AbortController()

  async function run (): Promise<void> {
    for (let failures = 0; wanted && !over.aborted;) {
      wanted = false
      try {
        await task()
        failures = 0
      } catch (error) {
        wanted = true
        if (++failures === 1) onTrouble(error)
        if (settling.signal.aborted) break
        await sleep(backoff(failures, timing), undefined, { signal: AbortSignal.any([over, settling.signal]) }).catch(() => {})
      }
    }
    running = null
  }

  return {
    request: () => { wanted = true; running ??= Promise.resolve().then(run) },
    settled: async () => {
      settling.abort()
      await running
      settling = new AbortController()
    }
  }
}
