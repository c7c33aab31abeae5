import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from 'telegram'
import { BotRefused, SourceResting } from '../errors.js'
import type { BotId, BotReport } from '../media.js'
import { CallTimedOut, type Link } from './link.js'
import { type Login, type LoginOptions, logIn, refreshAddresses } from './login.js'
import type { Log } from './log.js'
import { type Meaning, meaningOf } from './errors.js'
import { createGate } from './gate.js'
import { backoff } from './timing.js'
import { ConnectionLost } from './transport.js'
import { within } from './within.js'

export interface MainConnectionOptions extends LoginOptions {
  readonly botId: BotId
  readonly log: Log
  /** Told of each log-in before the bot counts as online; rejecting makes it try again later. */
  onOnline (login: Login): Promise<void>
  /** Told once when Telegram turns the bot away for good. */
  onRefused (meaning: Extract<Meaning, { kind: 'refused' }>): void
}

/** A bot's login, kept up for as long as Telegram lets it. */
export interface MainConnection {
  /**
   * `connecting`: no login yet, or the connection was lost and is being made anew. `online`: calls are answered.
   * `re-authorising`: Telegram does not know the login any more, so the token is shown again. `resting`: Telegram asked to
   * wait before logging in. `gone`: turned away for good, never left again.
   */
  report (): BotReport
  /** Whether the bot has logged in and not been turned away since; its connection may be down for the moment. */
  isUsable (): boolean
  /**
   * Calls Telegram over the login, waiting for it if need be; together at most `timing.callMs` twice. Throws what
   * `meaningOf` understands, BotRefused once the bot is gone, or SourceResting while it must wait to log in.
   */
  call<R extends Api.AnyRequest> (request: R, signal?: AbortSignal): Promise<R['__response']>
  /** Makes the login prove itself, after something said that it is not valid any more. */
  doubt (): void
  /** Resolves when the bot is online for the first time, or will never be. */
  readonly settled: Promise<void>
  /** Resolves when the bot is gone or `signal` has aborted. */
  readonly ended: Promise<void>
}

type State = Omit<BotReport, 'botId' | 'username'>

// A middlebox or a wrong address can answer -404, too, and logging in anew for nothing brings the flood limit nearer.
const unknownKeyAnswers = 2

/** After how many failures in a row the addresses are asked for again. */
const refreshEvery = 3

/** How often it is looked whether the session still is this process's, in ms. */
const sureMs = 200

/** How long a connection must have held for the back-off to begin from the start, in ms. */
const steadyMs = 10_000

/** Starts to log in, and goes on until `signal` aborts or Telegram refuses the bot. Never rejects. */
export function keepOnline (options: MainConnectionOptions, signal: AbortSignal): MainConnection {
  const { botId, keyring, timing, log } = options
  let state: State = { state: 'connecting', reason: 'not connected yet' }
  let username: string | null = null
  let usable = false
  let unknownKey = 0
  let trouble: { readonly reason: string, readonly toldAt: number } | null = null
  const online = createGate<Link>()
  const settled = online.wait().then(() => {}, () => {})

  async function run (): Promise<void> {
    let failures = 0
    while (!signal.aborted && state.state !== 'gone') {
      const since = performance.now()
      try {
        const why = await stayOnline()
        failures = performance.now() - since > steadyMs ? 1 : failures + 1
        state = { state: attempt(), reason: why }
        log.info({ botId, reason: why }, 'bot lost its connection')
      } catch (error) {
        if (!signal.aborted) await fail(meaningOf(error), ++failures)
        continue
      }
      await pause(backoff(failures, timing))
    }
  }

  /** Logs in and waits for the end of the connection. Returns the reason. */
  async function stayOnline (): Promise<string> {
    await untilSure()
    const login = await logIn(options, signal)
    const guard = setInterval(() => { if (!options.isSessionSure()) login.link.close() }, sureMs).unref()
    const onAbort = () => login.link.close()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      await options.onOnline(login)
      enter(login)
      return (await login.link.lost).message
    } finally {
      online.shut()
      clearInterval(guard)
      signal.removeEventListener('abort', onAbort)
      login.link.close()
    }
  }

  /** While nobody knows whose the session is, the login rests. */
  async function untilSure (): Promise<void> {
    while (!options.isSessionSure()) {
      state = { state: 'connecting', reason: 'the database does not answer, so its session may belong to another process: its login rests, streams go on' }
      await sleep(sureMs, undefined, { signal })
    }
  }

  function enter (login: Login): void {
    unknownKey = 0
    trouble = null
    usable = true
    username = login.self.username
    state = { state: 'online' }
    log.info({ botId, username }, 'bot is online')
    online.open(login.link)
  }

  async function fail (meaning: Meaning, failures: number): Promise<void> {
    if (meaning.kind === 'refused') return leave(meaning)
    mendKeys(meaning)
    const ms = meaning.kind === 'wait' ? meaning.seconds * 1_000 : backoff(failures, timing)
    const until = new Date(Date.now() + ms)
    state = meaning.kind === 'wait' ? { state: 'resting', reason: meaning.reason, until } : { state: attempt(), reason: meaning.reason }
    tell(meaning.reason, until)
    await pause(ms)
    state = { state: attempt(), reason: meaning.reason }
    if (failures % refreshEvery === 0) await refreshAddresses(options, signal).catch(() => {})
  }

  /** One line for one trouble, however often it is tried again, and another one while it lasts: whoever looks into the log now must find it. */
  function tell (reason: string, until: Date): void {
    const isTold = trouble?.reason === reason && performance.now() - trouble.toldAt < timing.troubleMs
    log[isTold ? 'debug' : 'warn']({ botId, reason, until }, 'bot could not log in; it tries again')
    if (!isTold) trouble = { reason, toldAt: performance.now() }
  }

  /** What the next attempt is: a home that is known, without a login there, had one once. */
  function attempt (): 'connecting' | 're-authorising' {
    const home = keyring.home()
    return home !== null && !keyring.isLoggedIn(home) ? 're-authorising' : 'connecting'
  }

  function mendKeys (meaning: Meaning): void {
    const dcId = keyring.home() ?? options.directory.firstDc
    if (meaning.kind === 'logged-out') keyring.setLoggedIn(dcId, false)
    if (meaning.kind === 'key-dead' || (meaning.kind === 'unknown-key' && ++unknownKey >= unknownKeyAnswers)) keyring.forget(dcId)
  }

  async function leave (meaning: Extract<Meaning, { kind: 'refused' }>): Promise<void> {
    state = { state: 'gone', reason: meaning.reason }
    usable = false
    online.fail(new BotRefused(botId, meaning.reason))
    options.onRefused(meaning)
    await keyring.remove().catch(error => log.warn({ botId, err: error }, 'the session of a refused bot could not be removed'))
  }

  async function pause (ms: number): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => {})
  }

  async function call<R extends Api.AnyRequest> (request: R, signal?: AbortSignal): Promise<R['__response']> {
    if (state.state === 'resting') throw new SourceResting(secondsUntil(state.until))
    const used = await within(online.wait(), timing.callMs, () => new CallTimedOut(request.className, timing.callMs), signal)
    try {
      return await used.call(request, timing.callMs, signal)
    } catch (error) {
      if (isAboutLogin(meaningOf(error))) used.close()
      throw error
    }
  }

  const ended = run().then(() => { if (signal.aborted) online.fail(new ConnectionLost('stopped')) })
  return {
    report: () => ({ botId, username, ...state }),
    isUsable: () => usable,
    call,
    doubt: () => online.value()?.close(),
    settled,
    ended
  }
}

function isAboutLogin ({ kind }: Meaning): boolean {
  return kind === 'logged-out' || kind === 'key-dead' || kind === 'refused'
}

function secondsUntil (until: Date | undefined): number {
  return Math.max(1, Math.ceil(((until?.getTime() ?? 0) - Date.now()) / 1_000))
}
