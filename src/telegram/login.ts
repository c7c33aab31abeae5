import { Api } from 'telegram'
import type { BotId, OwnState } from '../media.js'
import { unlessLate } from '../unless-late.js'
import { addressesIn, type Directory, type Endpoint } from './directory.js'
import { meaningOf } from './errors.js'
import { type ApiCredentials, initialised } from './init-request.js'
import type { Keyring } from './keyring.js'
import { isSilence, type Link, type LinkOptions, openLink } from './link.js'
import type { Timing } from './timing.js'
import { ConnectionLost } from './transport.js'

export interface LoginOptions {
  readonly api: ApiCredentials
  readonly token: string
  readonly keyring: Keyring
  readonly directory: Directory
  readonly timing: Timing
  /** Whether nobody else can be using the keys at this moment. Without that nothing is sent over a login. */
  isSessionSure (): boolean
  onUpdate (update: unknown): void
  /** Told that updates may have been missed: see `LinkOptions`. */
  onMissed (): void
  /** Told of each answer by which Telegram asks for a wait, at this data centre. */
  onFlood? (dcId: number, seconds: number): void
}

/** A bot's main connection: logged in, and the one over which updates come. */
export interface Login {
  readonly link: Link
  readonly self: { readonly id: BotId, readonly username: string }
  /** Up to where Telegram had told it everything when it logged in. */
  readonly state: OwnState
}

/** For how long an address is tried alone, in ms: the "Connection Attempt Delay" of RFC 8305, section 5. */
const headStartMs = 250

/** How often Telegram may send a bot on to another data centre before it counts as a failure. */
const migrationLimit = 4

/**
 * Connects to the bot's home and logs in, with the stored session where there is one: only when Telegram says that the
 * key is not logged in, the token is shown. Follows the account to its data centre.
 * Throws what `meaningOf` understands; the keyring is left such that the next attempt goes on from here.
 */
export async function logIn (options: LoginOptions, signal: AbortSignal): Promise<Login> {
  for (let migrations = 0; ; migrations++) {
    try {
      return await logInAtHome(options, signal)
    } catch (error) {
      const meaning = meaningOf(error)
      if (meaning.kind !== 'migrate' || migrations === migrationLimit) throw error
      options.keyring.setHome(meaning.dcId)
    }
  }
}

async function logInAtHome (options: LoginOptions, signal: AbortSignal): Promise<Login> {
  const { keyring, directory } = options
  const dcId = keyring.home() ?? directory.firstDc
  const key = keyring.key(dcId)
  const { timing, onUpdate, onMissed, onFlood, isSessionSure } = options
  const link = await openFirst(directory.main(dcId), key, { timing, onUpdate, onMissed, isSessionSure, ...onFlood && { onFlood } }, signal)
  try {
    if (key === null) keyring.set(dcId, link.key, false)
    await learnAddresses(link, options, signal)
    const state = await authenticate(link, dcId, key === null, options, signal)
    keyring.setHome(dcId)
    return { link, self: await whoAmI(link, options, signal), state }
  } catch (error) {
    link.close()
    throw error
  }
}

/**
 * Asks the first server again where the data centres are: for when the bot's home cannot be reached at the addresses
 * that are known. Throws what `meaningOf` understands.
 */
export async function refreshAddresses (options: LoginOptions, signal: AbortSignal): Promise<void> {
  const { keyring, directory: { firstDc } } = options
  await askFirstServer(options, signal).catch(async error => {
    // A key on which nobody is logged in may be forgotten there at any time. At home the login decides.
    if (firstDc === keyring.home() || !isAboutKey(error)) throw error
    keyring.forget(firstDc)
    await askFirstServer(options, signal)
  })
}

function isAboutKey (error: unknown): boolean {
  const { kind } = meaningOf(error)
  return kind === 'unknown-key' || kind === 'key-dead'
}

async function askFirstServer (options: LoginOptions, signal: AbortSignal): Promise<void> {
  const { keyring, directory, timing, isSessionSure } = options
  const dcId = directory.firstDc
  const link = await openFirst(directory.main(dcId), keyring.key(dcId), { timing, isSessionSure }, signal)
  try {
    if (keyring.key(dcId) === null) keyring.set(dcId, link.key, false)
    await learnAddresses(link, options, signal)
  } finally {
    link.close()
  }
}

/**
 * Opens a link at the best of these addresses that is there. One that takes its time is joined by the next, and the first to be open is
 * taken; where a key is to be made, it waits until the other has failed. Throws the first error of all.
 */
export async function openFirst (
  [endpoint, ...others]: readonly Endpoint[], key: Uint8Array | null, options: Pick<LinkOptions, 'timing' | 'onUpdate' | 'onMissed' | 'onFlood' | 'isSessionSure'>, signal: AbortSignal
): Promise<Link> {
  if (endpoint === undefined) throw new ConnectionLost('no address of that data centre is known')
  const link = openLink({ ...options, endpoint, key }, signal)
  if (others.length === 0 || await isFirst(link, key === null ? null : headStartMs)) return await link
  signal.throwIfAborted()
  return await sooner(link, openFirst(others, key, options, signal))
}

/** Whether a link is open before `ms` are over. */
async function isFirst (link: Promise<Link>, ms: number | null): Promise<boolean> {
  return await (ms === null ? link.then(() => true) : unlessLate(link, ms)).catch(() => false)
}

/** The link that is open first; the other one is closed. */
async function sooner (better: Promise<Link>, other: Promise<Link>): Promise<Link> {
  const link = await Promise.any([better, other]).catch(async () => await better)
  for (const opening of [better, other]) opening.then(late => { if (late !== link) late.close() }, () => {})
  return link
}

/** The first call over `link`, which shows whether anybody is there. */
async function learnAddresses (link: Link, { api, keyring, directory, timing }: LoginOptions, signal: AbortSignal): Promise<void> {
  const config = await link.call(initialised(api.apiId, new Api.help.GetConfig()), timing.callMs, signal).catch(error => {
    if (isSilence(error)) directory.noteSilence(link.endpoint)
    throw error
  })
  if (!(config instanceof Api.Config)) return
  directory.learn(addressesIn(config))
  keyring.setAddresses(directory.addresses())
}

async function authenticate (link: Link, dcId: number, isNewKey: boolean, { api, token, keyring, timing }: LoginOptions, signal: AbortSignal): Promise<OwnState> {
  // A log-in may have been carried out although its answer was lost, or this process ended before it was noted.
  const state = isNewKey ? null : await stateOf(link, timing, signal)
  keyring.setLoggedIn(dcId, state !== null)
  if (state !== null) return state
  await link.call(new Api.auth.ImportBotAuthorization({ flags: 0, apiId: api.apiId, apiHash: api.apiHash, botAuthToken: token }), timing.callMs, signal)
  keyring.setLoggedIn(dcId, true)
  return await askState(link, timing, signal)
}

// GramJS's own check takes every error for "not logged in", and each needless log-in brings the flood limit nearer.
async function stateOf (link: Link, timing: Timing, signal: AbortSignal): Promise<OwnState | null> {
  try {
    return await askState(link, timing, signal)
  } catch (error) {
    if (meaningOf(error).kind === 'logged-out') return null
    throw error
  }
}

// Subscribes this connection to updates, too: core.telegram.org/api/updates
async function askState (link: Link, timing: Timing, signal: AbortSignal): Promise<OwnState> {
  const { pts, qts, seq, date } = await link.call(new Api.updates.GetState(), timing.callMs, signal)
  return { pts, qts, seq, date, lastMessageId: 0 }
}

async function whoAmI (link: Link, { timing }: LoginOptions, signal: AbortSignal): Promise<Login['self']> {
  const [self] = await link.call(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }), timing.callMs, signal)
  if (!(self instanceof Api.User)) throw new ConnectionLost('Telegram did not say which bot this is')
  return { id: self.id.toString() as BotId, username: self.username ?? self.id.toString() }
}
