import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceResting } from '../errors.js'
import type { BotId, MediaId } from '../media.js'
import type { Bot, FileSource } from './bot.js'
import { createGate } from './gate.js'
import type { Borrow, Loan } from './loan.js'
import type { Log } from './log.js'
import { backoff, type Timing } from './timing.js'
import { ConnectionLost } from './transport.js'
import { orAbort } from './within.js'

export interface KeptBotOptions {
  readonly id: BotId
  readonly borrow: Borrow
  /** Starts the bot on a session, until `signal` aborts. */
  start (loan: Loan, signal: AbortSignal): Promise<Bot>
  readonly timing: Timing
  readonly log: Log
}

/** A bot for as long as it is wanted, on one session after another. */
export interface KeptBot extends Omit<Bot, 'id'> {
  /** Keeps the bot, once retired, until the function that comes back is called. */
  hold (): () => void
  /** Ends the bot as soon as nobody holds it. */
  retire (): void
}

/** How long a stream is told to wait for a bot that is between two sessions, in s. */
const betweenSeconds = 5

/**
 * Borrows a session, lets the bot use it, and gives it back when the last connection on its keys is closed; where the session
 * is taken away, borrows another one. Ends with `signal`, when Telegram refuses the bot, or once it is retired.
 */
export function keepBot ({ id, borrow, start, timing, log }: KeptBotOptions, signal: AbortSignal): KeptBot {
  const retired = new AbortController()
  const stopping = AbortSignal.any([signal, retired.signal])
  setMaxListeners(0, stopping)
  const present = createGate<Bot>()
  let reason = 'asking for its session'
  let username: string | null = null

  async function run (): Promise<void> {
    for (let failures = 1, isGone = false; !stopping.aborted && !isGone; failures++) {
      try {
        const loan = await borrow(id, why => { reason = why }, stopping)
        failures = 0
        isGone = await serve(loan)
      } catch (err) {
        if (!stopping.aborted) await tryLater(err, failures)
      }
    }
    if (present.value() === null) present.fail(new ConnectionLost('the bot was stopped'))
  }

  // Without its session a bot would log in anew, so it waits for the store instead.
  async function tryLater (err: unknown, failures: number): Promise<void> {
    reason = 'its session cannot be read from the database'
    log.warn({ botId: id, err }, 'the session of a bot could not be read; it is tried again')
    await sleep(backoff(failures, timing), undefined, { signal: stopping }).catch(() => {})
  }

  /** Lets the bot use the session for as long as it may and is wanted. Resolves to whether Telegram has refused the bot; then it stays present. */
  async function serve (loan: Loan): Promise<boolean> {
    const ending = AbortSignal.any([stopping, loan.over])
    setMaxListeners(0, ending)
    try {
      const bot = await start(loan, ending)
      present.open(bot)
      await bot.ended
      username = bot.report().username
      reason = 'its session went to another process: asking for another one'
      const isGone = bot.report().state === 'gone'
      if (!isGone) present.shut()
      return isGone
    } finally {
      await loan.giveBack()
    }
  }

  const bot = async () => await orAbort(present.wait(), stopping)
  const ended = run()
  return {
    report: () => present.value()?.report() ?? { botId: id, username, state: 'connecting', reason },
    isUsable: () => present.value()?.isUsable() ?? false,
    canServe: () => present.value()?.canServe() ?? false,
    source: (mediaId, fileId) => followingSource(present.value, mediaId, fileId, id),
    mayPost: async chatId => await (await bot()).mayPost(chatId),
    history: {
      read: async (...parameters) => await (await bot()).history.read(...parameters),
      bound: async (...parameters) => await (await bot()).history.bound(...parameters)
    },
    send: async message => await (await bot()).send(message),
    edit: async message => { await (await bot()).edit(message) },
    answerPress: async (queryId, answer) => { await (await bot()).answerPress(queryId, answer) },
    waiting: () => present.value()?.waiting() ?? 0,
    copyToChat: async (from, media, chatId) => await (await bot()).copyToChat(from, media, chatId),
    settled: Promise.race([present.wait().then(bot => bot.settled, () => {}), ended]),
    ended,
    ...createHolds(() => retired.abort(new Error('the bot is not needed any more')))
  }
}

/** A way to a file that goes over to the next session with the bot. */
function followingSource (present: () => Bot | null, mediaId: MediaId, fileId: string, id: BotId): FileSource {
  let bot: Bot | null = null
  let source: FileSource | null = null

  function latest (): FileSource | null {
    const now = present()
    if (now !== null && now !== bot) source = now.source(mediaId, fileId)
    bot = now ?? bot
    return source
  }

  return {
    name: latest()?.name ?? `bot ${id}`,
    get lane () { return latest()?.lane ?? id },
    fetch: async (offset, limit, onSent, signal) => {
      const source = latest()
      if (source === null || present() === null) throw new SourceResting(betweenSeconds)
      return await source.fetch(offset, limit, onSent, signal)
    }
  }
}

/** Counts who needs the bot; `end` is called when it is retired and nobody does. */
function createHolds (end: () => void): Pick<KeptBot, 'hold' | 'retire'> {
  const holders = new Set<symbol>()
  let isRetired = false
  const endIfFree = () => { if (isRetired && holders.size === 0) end() }
  return {
    hold: () => {
      const holder = Symbol('holder')
      holders.add(holder)
      return () => { if (holders.delete(holder)) endIfFree() }
    },
    retire: () => {
      isRetired = true
      endIfFree()
    }
  }
}
