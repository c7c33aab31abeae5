import { Api } from 'telegram'
import { SourceUnreachable } from '../errors.js'
import { addressesIn, type Directory } from './directory.js'
import { meaningOf } from './errors.js'
import { createFileAddresses } from './file-addresses.js'
import { type ApiCredentials, initialised } from './init-request.js'
import type { Keyring } from './keyring.js'
import { askOver, createLine, type Line } from './line.js'
import { isSilence, type Link } from './link.js'
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
  /** The most connections to one data centre. */
  readonly connectionsPerDc: number
  readonly log: Log
  /** Told of each answer by which Telegram asks for a wait, at this data centre. */
  onFlood? (dcId: number, seconds: number): void
  /** Calls over the bot's login, which hands out the authorisation for other data centres. */
  callMain<R extends Api.AnyRequest> (request: R): Promise<R['__response']>
}

/**
 * One bot's connections for files: one to each data centre, more when that has much to do, opened when needed and closed when
 * idle. They share the data centre's key.
 */
export interface FileConnections {
  /** Reads from a file; calls `onSent` when there is a connection to ask over. Throws SourceUnreachable, what `meaningOf` understands, or the reason of `signal`. */
  call (dcId: number, request: Api.upload.GetFile, onSent: () => void, signal: AbortSignal): Promise<Api.upload.TypeFile>
  /** Takes note that this data centre does not know the login any more: the next call brings it there anew. */
  logInAgain (dcId: number): void
  /** Takes note that the bot has logged in, perhaps with another key than before: what still uses an older one is closed. */
  loggedIn (): void
  close (): void
}

/**
 * What is known of one data centre. Its states: nothing open; the first line `opening` (whoever comes waits for it); lines open,
 * perhaps with another one `opening` (nobody waits for that);
 * or, after a failure, closed until `retryAt` (`performance.now()` ms): until then everybody is told at once what `whyClosed` makes of `failure`.
 */
interface Place {
  opening: Promise<Line> | null
  readonly lines: Set<Line>
  failures: number
  retryAt: number
  failure: Error | null
}

/** A line with more than this in flight is joined by another one, as long as there may be more. TDLib's window for a data centre. */
const busyBytes = 2 * 1024 * 1024

export function createFileConnections (options: FileConnectionsOptions, signal: AbortSignal): FileConnections {
  const { api, keyring, directory, timing, log, callMain, connectionsPerDc } = options
  const linkOptions = { timing, ...options.onFlood && { onFlood: options.onFlood } }
  const places = new Map<number, Place>()
  const addresses = createFileAddresses(directory, isCurrent)
  const sweeper = setInterval(closeIdle, timing.idleCloseMs / 4).unref()

  function placeOf (dcId: number): Place {
    const place = places.get(dcId) ?? { opening: null, lines: new Set<Line>(), failures: 0, retryAt: 0, failure: null }
    places.set(dcId, place)
    return place
  }

  /** The line with least to do; another one is opened on the side when even that is busy. */
  function lineTo (dcId: number, place: Place): Promise<Line> {
    const [idlest] = [...place.lines].sort((a, b) => a.inFlightBytes - b.inFlightBytes)
    const isRefused = place.failure !== null && place.retryAt > performance.now()
    if (idlest === undefined) return isRefused ? Promise.reject(whyClosed(place)) : openLine(dcId, place)
    if (idlest.inFlightBytes > busyBytes && place.lines.size < connectionsPerDc && !isRefused) openLine(dcId, place).catch(() => {})
    return Promise.resolve(idlest)
  }

  function openLine (dcId: number, place: Place): Promise<Line> {
    place.opening ??= open(dcId)
      .then(link => adopt(dcId, place, link), error => { noteFailure(place, error); throw whyClosed(place) })
      .finally(() => { place.opening = null })
    return place.opening
  }

  function adopt (dcId: number, place: Place, link: Link): Line {
    const line = createLine(link)
    place.lines.add(line)
    link.lost.then(reason => noteLoss(dcId, place, line, reason)).catch(() => {})
    // The key may have been replaced meanwhile.
    if (!isCurrent(dcId, link.key)) link.close()
    return line
  }

  function noteLoss (dcId: number, place: Place, line: Line, reason: ConnectionLost): void {
    place.lines.delete(line)
    log.debug({ dcId, reason: reason.message }, 'file connection closed')
    if (reason.transportCode === 404) dropKey(dcId, line.link)
  }

  // At a file-only address it may be the address that does not take a key made elsewhere.
  function dropKey (dcId: number, link: Link): void {
    if (addresses.isFileOnly(link.endpoint)) addresses.refuse(dcId, link.key)
    // The login has the same key, and learns by using it whether that is dead.
    else if (dcId === keyring.home()) askConfig()
    else forgetKey(dcId, link)
  }

  /** Takes note that an address took a connection, and then gave nothing over it. */
  function judgeAddress (dcId: number, { link, answeredAt }: Line, error: unknown): void {
    if (answeredAt !== 0 || !isSilence(error)) return
    if (addresses.isFileOnly(link.endpoint)) addresses.avoid(dcId)
    else directory.noteSilence(link.endpoint)
  }

  /** Forgets a key of another data centre, unless there is a newer one by now: the next call makes a new one. At home the login decides. */
  function forgetKey (dcId: number, link: Link): void {
    if (dcId === keyring.home() || !isCurrent(dcId, link.key)) return
    keyring.forget(dcId)
    closeAll(placeOf(dcId))
  }

  function isCurrent (dcId: number, used: Uint8Array): boolean {
    const key = keyring.key(dcId)
    return key !== null && Buffer.from(key).equals(used)
  }

  /** Takes note of what an error says of the key, which `link` shares with the data centre's other ones. */
  function judgeKey (dcId: number, link: Link, error: unknown): void {
    if (meaningOf(error).kind === 'key-dead') forgetKey(dcId, link)
  }

  function noteFailure (place: Place, error: unknown): void {
    place.failures++
    place.retryAt = performance.now() + backoff(place.failures, timing)
    place.failure = error instanceof Error ? error : new ConnectionLost('no connection', null, { cause: error })
    // The addresses may have changed: asked in passing, for the next attempt.
    if (error instanceof ConnectionLost) askConfig()
  }

  function askConfig (): void {
    callMain(new Api.help.GetConfig()).then(config => directory.learn(addressesIn(config))).catch(() => {})
  }

  /** What it means is for others to judge, unless it means no more than that the next attempt may succeed. */
  function whyClosed ({ failure, retryAt }: Place): unknown {
    const { kind } = meaningOf(failure)
    return kind === 'failed' || kind === 'unknown-key' ? new SourceUnreachable((retryAt - performance.now()) / 1000, { cause: failure }) : failure
  }

  async function open (dcId: number): Promise<Link> {
    const authorised = isReady(dcId) ? null : await authorise(dcId)
    const fileOnly = addresses.fileOnly(dcId)
    if (authorised !== null && fileOnly.length === 0) return authorised
    authorised?.close()
    const link = await openFirst([...fileOnly, ...directory.main(dcId)], keyring.key(dcId), linkOptions, signal)
    if (fileOnly.length > 0 && !addresses.isFileOnly(link.endpoint)) addresses.avoid(dcId)
    return link
  }

  function isReady (dcId: number): boolean {
    return keyring.key(dcId) !== null && (dcId === keyring.home() || keyring.isLoggedIn(dcId))
  }

  /** Makes a key for another data centre and brings the login there. core.telegram.org/api/datacenter#authorization-transfer */
  async function authorise (dcId: number): Promise<Link> {
    if (dcId === keyring.home()) throw new ConnectionLost('the bot is not logged in')
    const link = await openFirst(directory.main(dcId), keyring.key(dcId), linkOptions, signal)
    link.lost.then(reason => { if (reason.transportCode === 404) dropKey(dcId, link) }).catch(() => {})
    try {
      keyring.set(dcId, link.key, false)
      const { id, bytes } = await callMain(new Api.auth.ExportAuthorization({ dcId }))
      await link.call(initialised(api.apiId, new Api.auth.ImportAuthorization({ id, bytes })), timing.callMs, signal).catch(error => { judgeKey(dcId, link, error); throw error })
      keyring.setLoggedIn(dcId, true)
      return link
    } catch (error) {
      link.close()
      throw error
    }
  }

  async function call (dcId: number, request: Api.upload.GetFile, onSent: () => void, signal: AbortSignal): Promise<Api.upload.TypeFile> {
    const place = placeOf(dcId)
    const line = await orAbort(lineTo(dcId, place), signal)
    onSent()
    try {
      const answer = await askOver(line, request, api.apiId, timing, signal)
      place.failures = 0
      if (answer instanceof Api.upload.File || answer instanceof Api.upload.FileCdnRedirect) return answer
      throw new ConnectionLost('Telegram answered with something that is no file')
    } catch (error) {
      judgeKey(dcId, line.link, error)
      judgeAddress(dcId, line, error)
      throw error
    }
  }

  function closeIdle (): void {
    for (const { lines } of places.values()) {
      for (const { link, usedAt } of lines) if (link.pending() === 0 && performance.now() - usedAt > timing.idleCloseMs) link.close()
    }
  }

  function closeAll ({ lines }: Place): void {
    for (const { link } of lines) link.close()
  }

  return {
    call,
    logInAgain: dcId => {
      keyring.setLoggedIn(dcId, false)
      closeAll(placeOf(dcId))
    },
    loggedIn: () => {
      for (const [dcId, { lines }] of places) for (const { link } of lines) if (!isCurrent(dcId, link.key)) link.close()
    },
    close: () => {
      clearInterval(sweeper)
      for (const place of places.values()) closeAll(place)
    }
  }
}
