import { Api } from 'telegram'
import { RPCError } from 'telegram/errors/index.js'
import { SourceUnreachable } from '../errors.js'
import { addressesIn, type Directory, type Endpoint } from './directory.js'
import { meaningOf } from './errors.js'
import { type ApiCredentials, initialised } from './init-request.js'
import type { Keyring } from './keyring.js'
import { CallTimedOut, type Link, LinkClosed } from './link.js'
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

/** An open connection. Times in `performance.now()` ms. */
interface Line {
  readonly link: Link
  usedAt: number
  answeredAt: number
  /** When the newest of the requests was asked that are answered. */
  lastAnswered: number
  /** What is asked for over it and not answered yet. */
  inFlightBytes: number
  /** Whether a call has told Telegram the layer already. */
  isInitialised: boolean
  /** Deadlines missed since the last answer. */
  missed: number
}

/**
 * What is known of one data centre. Its states: nothing open; the first line `opening` (whoever comes waits for it); lines open,
 * perhaps with another one `opening` (nobody waits for that);
 * or, after a failure, closed until `retryAt` (`performance.now()` ms): until then everybody is told `failure` at once.
 */
interface Place {
  opening: Promise<Line> | null
  readonly lines: Set<Line>
  failures: number
  retryAt: number
  failure: Error | null
  /** Until when the file-only addresses are left alone, in `performance.now()` ms. */
  avoidMediaOnlyUntil: number
  /** The key that they do not take. */
  refusedKey: Uint8Array | null
}

/** A line with more than this in flight is joined by another one, as long as there may be more. TDLib's window for a data centre. */
const busyBytes = 2 * 1024 * 1024

/** For how long file-only addresses that cannot be reached, or from which nothing comes, are left alone, in ms: the others carry files as well. */
const avoidMs = 10 * 60_000

/** A connection that owes so many answers for too long, and gave none in between, is replaced. */
const missable = 2

export function createFileConnections (options: FileConnectionsOptions, signal: AbortSignal): FileConnections {
  const { api, keyring, directory, timing, log, callMain, connectionsPerDc } = options
  const linkOptions = { timing, ...options.onFlood && { onFlood: options.onFlood } }
  const places = new Map<number, Place>()
  const sweeper = setInterval(closeIdle, timing.idleCloseMs / 4).unref()

  function placeOf (dcId: number): Place {
    const place = places.get(dcId) ?? { opening: null, lines: new Set<Line>(), failures: 0, retryAt: 0, failure: null, avoidMediaOnlyUntil: 0, refusedKey: null }
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
    place.opening ??= open(dcId, place)
      .then(link => adopt(dcId, place, link), error => { noteFailure(place, error); throw whyClosed(place) })
      .finally(() => { place.opening = null })
    return place.opening
  }

  function adopt (dcId: number, place: Place, link: Link): Line {
    const line: Line = { link, usedAt: performance.now(), answeredAt: 0, lastAnswered: 0, inFlightBytes: 0, isInitialised: false, missed: 0 }
    place.lines.add(line)
    link.lost.then(reason => noteLoss(dcId, place, line, reason)).catch(() => {})
    // The key may have been replaced meanwhile.
    if (!isCurrent(dcId, link.key)) link.close()
    return line
  }

  function noteLoss (dcId: number, place: Place, line: Line, reason: ConnectionLost): void {
    place.lines.delete(line)
    log.debug({ dcId, reason: reason.message }, 'file connection closed')
    if (reason.transportCode === 404) dropKey(dcId, place, line.link)
  }

  // At a file-only address it may be the address that does not take a key made elsewhere.
  function dropKey (dcId: number, place: Place, link: Link): void {
    if (isMediaOnly(dcId, link)) place.refusedKey = link.key
    // The login has the same key, and learns by using it whether that is dead.
    else if (dcId === keyring.home()) askConfig()
    else forgetKey(dcId, link)
  }

  function isMediaOnly (dcId: number, { endpoint }: Link): boolean {
    return directory.mediaOnly(dcId).some(({ host, port }) => host === endpoint.host && port === endpoint.port)
  }

  function avoidFileOnly (place: Place): void {
    place.avoidMediaOnlyUntil = performance.now() + avoidMs
  }

  /** Takes note that an address took a connection, and then gave nothing over it. */
  function judgeAddress (dcId: number, place: Place, { link, answeredAt }: Line, error: unknown): void {
    const isSilent = error instanceof CallTimedOut || (error instanceof ConnectionLost && error.transportCode === null && !(error instanceof LinkClosed))
    if (answeredAt === 0 && isSilent && isMediaOnly(dcId, link)) avoidFileOnly(place)
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

  async function open (dcId: number, place: Place): Promise<Link> {
    const authorised = isReady(dcId) ? null : await authorise(dcId, place)
    const mediaOnly = fileOnly(dcId, place)
    if (authorised !== null && mediaOnly.length === 0) return authorised
    authorised?.close()
    const link = await openFirst([...mediaOnly, ...directory.main(dcId)], keyring.key(dcId), linkOptions, signal)
    if (mediaOnly.length > 0 && !isMediaOnly(dcId, link)) avoidFileOnly(place)
    return link
  }

  /** The file-only addresses, unless they are left alone. */
  function fileOnly (dcId: number, { avoidMediaOnlyUntil, refusedKey }: Place): Endpoint[] {
    const isRefused = refusedKey !== null && isCurrent(dcId, refusedKey)
    return isRefused || avoidMediaOnlyUntil > performance.now() ? [] : directory.mediaOnly(dcId)
  }

  function isReady (dcId: number): boolean {
    return keyring.key(dcId) !== null && (dcId === keyring.home() || keyring.isLoggedIn(dcId))
  }

  /** Makes a key for another data centre and brings the login there. core.telegram.org/api/datacenter#authorization-transfer */
  async function authorise (dcId: number, place: Place): Promise<Link> {
    if (dcId === keyring.home()) throw new ConnectionLost('the bot is not logged in')
    const link = await openFirst(directory.main(dcId), keyring.key(dcId), linkOptions, signal)
    link.lost.then(reason => { if (reason.transportCode === 404) dropKey(dcId, place, link) }).catch(() => {})
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
    line.inFlightBytes += request.limit
    try {
      const answer = await ask(line, request, signal)
      place.failures = 0
      if (answer instanceof Api.upload.File || answer instanceof Api.upload.FileCdnRedirect) return answer
      throw new ConnectionLost('Telegram answered with something that is no file')
    } catch (error) {
      judgeKey(dcId, line.link, error)
      judgeAddress(dcId, place, line, error)
      throw error
    } finally {
      line.inFlightBytes -= request.limit
    }
  }

  async function ask (line: Line, request: Api.upload.GetFile, signal: AbortSignal) {
    const askedAt = line.usedAt = performance.now()
    const wrapped = line.isInitialised ? request : initialised(api.apiId, request)
    line.isInitialised = true
    const deadline = watchDeadline(line, askedAt, timing.fileMs, signal)
    try {
      const answer = await line.link.call(wrapped, timing.fileMaxMs, deadline.signal)
      noteAnswer(line, askedAt)
      return answer
    } catch (error) {
      if (error instanceof RPCError) noteAnswer(line, askedAt)
      throw error
    } finally {
      deadline.end()
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

function noteAnswer (line: Line, askedAt: number): void {
  line.answeredAt = performance.now()
  line.lastAnswered = Math.max(line.lastAnswered, askedAt)
  line.missed = 0
}

/**
 * A signal that aborts with `signal`, or with CallTimedOut when the line owes an answer for `ms`. As long as it gives others, in turn,
 * it is slow and not late. A line that misses several deadlines is closed.
 */
function watchDeadline (line: Line, askedAt: number, ms: number, signal: AbortSignal) {
  const over = new AbortController()
  const leave = () => over.abort(signal.reason)
  const owedMs = () => performance.now() - (line.lastAnswered > askedAt ? askedAt : Math.max(askedAt, line.answeredAt))
  let timer = setTimeout(look, ms)

  function look () {
    const leftMs = ms - owedMs()
    if (leftMs > 1) {
      timer = setTimeout(look, leftMs)
      return
    }
    over.abort(new CallTimedOut('upload.GetFile', ms))
    if (++line.missed >= missable) line.link.close()
  }

  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  return {
    signal: over.signal,
    end: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
    }
  }
}
