import { Api } from 'telegram'
import { addressesIn, type Directory } from './directory.js'
import { type ApiCredentials, initialised } from './init-request.js'
import type { Keyring } from './keyring.js'
import type { Link } from './link.js'
import { openFirst } from './login.js'
import type { Log } from './log.js'
import { backoff, type Timing } from './timing.js'
import { ConnectionLost } from './transport.js'
import { orAbort } from './within.js'

export interface FileConnectionsOptions {
  readonly api: ApiCredentials
  readonly keyring: Keyring
  readonly directory: Directory
  readonly timing: Timing
  readonly log: Log
  /** Calls over the bot's login, which hands out the authorisation for other data centres. */
  callMain<R extends Api.AnyRequest> (request: R): Promise<R['__response']>
}

/** One bot's connections for files: one to each data centre, opened when needed and closed when idle. */
export interface FileConnections {
  /** Reads from a file. Throws what `meaningOf` understands, or the reason of `signal`. */
  call (dcId: number, request: Api.upload.GetFile, signal: AbortSignal): Promise<Api.upload.TypeFile>
  /** Takes note that this data centre does not know the login any more: the next call brings it there anew. */
  logInAgain (dcId: number): void
  close (): void
}

/**
 * What is known of one data centre. Its states: nothing open; `opening` (whoever comes waits for it); `link` open;
 * or, after a failure, closed until `retryAt` (`performance.now()` ms), when everybody is told `failure` at once.
 */
interface Place {
  opening: Promise<Link> | null
  link: Link | null
  usedAt: number
  /** Whether a call over `link` has told Telegram the layer already. */
  isInitialised: boolean
  failures: number
  retryAt: number
  failure: Error | null
  /** Set when the file-only addresses do not take this key. */
  refusedMediaOnly: boolean
}

export function createFileConnections (options: FileConnectionsOptions, signal: AbortSignal): FileConnections {
  const { api, keyring, directory, timing, log, callMain } = options
  const places = new Map<number, Place>()
  const sweeper = setInterval(closeIdle, timing.idleCloseMs / 4).unref()

  function placeOf (dcId: number): Place {
    const place = places.get(dcId) ?? { opening: null, link: null, usedAt: 0, isInitialised: false, failures: 0, retryAt: 0, failure: null, refusedMediaOnly: false }
    places.set(dcId, place)
    return place
  }

  function linkTo (dcId: number, place: Place): Promise<Link> {
    if (place.link !== null) return Promise.resolve(place.link)
    if (place.failure !== null && place.retryAt > performance.now()) return Promise.reject(place.failure)
    place.opening ??= open(dcId, place)
      .then(link => adopt(dcId, place, link), error => { throw noteFailure(place, error) })
      .finally(() => { place.opening = null })
    return place.opening
  }

  function adopt (dcId: number, place: Place, link: Link): Link {
    place.link = link
    place.isInitialised = false
    link.lost.then(reason => { if (place.link === link) noteLoss(dcId, place, link, reason) }).catch(() => {})
    return link
  }

  function noteLoss (dcId: number, place: Place, link: Link, reason: ConnectionLost): void {
    place.link = null
    log.debug({ dcId, reason: reason.message }, 'file connection closed')
    if (reason.transportCode === 404) dropKey(dcId, place, link)
  }

  // At a file-only address it may be the address that does not take a key made elsewhere. At home the login decides.
  function dropKey (dcId: number, place: Place, link: Link): void {
    const isMediaOnly = directory.mediaOnly(dcId).some(({ host, port }) => host === link.endpoint.host && port === link.endpoint.port)
    if (isMediaOnly) place.refusedMediaOnly = true
    else if (dcId !== keyring.home()) keyring.forget(dcId)
  }

  function noteFailure (place: Place, error: unknown): Error {
    place.failures++
    place.retryAt = performance.now() + backoff(place.failures, timing)
    place.failure = error instanceof Error ? error : new ConnectionLost('no connection', null, { cause: error })
    // The addresses may have changed: asked in passing, for the next attempt.
    if (error instanceof ConnectionLost) callMain(new Api.help.GetConfig()).then(config => directory.learn(addressesIn(config))).catch(() => {})
    return place.failure
  }

  async function open (dcId: number, place: Place): Promise<Link> {
    const authorised = isReady(dcId) ? null : await authorise(dcId, place)
    const mediaOnly = place.refusedMediaOnly ? [] : directory.mediaOnly(dcId)
    if (authorised !== null && mediaOnly.length === 0) return authorised
    authorised?.close()
    return await openFirst([...mediaOnly, ...directory.main(dcId)], keyring.key(dcId), { timing }, signal)
  }

  function isReady (dcId: number): boolean {
    return keyring.key(dcId) !== null && (dcId === keyring.home() || keyring.isLoggedIn(dcId))
  }

  /** Makes a key for another data centre and brings the login there. core.telegram.org/api/datacenter#authorization-transfer */
  async function authorise (dcId: number, place: Place): Promise<Link> {
    if (dcId === keyring.home()) throw new ConnectionLost('the bot is not logged in')
    const link = await openFirst(directory.main(dcId), keyring.key(dcId), { timing }, signal)
    link.lost.then(reason => { if (reason.transportCode === 404) dropKey(dcId, place, link) }).catch(() => {})
    try {
      keyring.set(dcId, link.key, false)
      const { id, bytes } = await callMain(new Api.auth.ExportAuthorization({ dcId }))
      await link.call(initialised(api.apiId, new Api.auth.ImportAuthorization({ id, bytes })), timing.callMs, signal)
      keyring.setLoggedIn(dcId, true)
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }

  async function call (dcId: number, request: Api.upload.GetFile, signal: AbortSignal): Promise<Api.upload.TypeFile> {
    const place = placeOf(dcId)
    const link = await orAbort(linkTo(dcId, place), signal)
    place.usedAt = performance.now()
    const wrapped = place.isInitialised ? request : initialised(api.apiId, request)
    place.isInitialised = true
    const answer = await link.call(wrapped, timing.fileMs, signal)
    place.failures = 0
    if (answer instanceof Api.upload.File || answer instanceof Api.upload.FileCdnRedirect) return answer
    throw new ConnectionLost('Telegram answered with something that is no file')
  }

  function closeIdle (): void {
    for (const place of places.values()) {
      const isIdle = place.link?.pending() === 0 && performance.now() - place.usedAt > timing.idleCloseMs
      if (isIdle) place.link?.close()
    }
  }

  return {
    call,
    logInAgain: dcId => {
      keyring.setLoggedIn(dcId, false)
      placeOf(dcId).link?.close()
    },
    close: () => {
      clearInterval(sweeper)
      for (const place of places.values()) place.link?.close()
    }
  }
}
