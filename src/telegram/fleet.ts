import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch, BotId, BotReport, ChatId, Copy, EditedMessage, MediaId, OutgoingMessage, Press, PressAnswer, SeenMedia, UpdateStates } from '../media.js'
import { type Bot, type FileSource, startBot } from './bot.js'
import type { Copied, MessageAddress } from './copy.js'
import { createDirectory, type Endpoint } from './directory.js'
import type { Meaning } from './errors.js'
import { installFastIge } from './ige.js'
import { type Keyring, loadKeyring, type Sessions } from './keyring.js'
import type { Log } from './log.js'
import { trustServerKey } from './server-keys.js'
import { backoff, defaultTiming, type Timing } from './timing.js'
import { orAbort } from './within.js'

export interface FleetOptions {
  readonly apiId: number
  readonly apiHash: string
  readonly bots: ReadonlyArray<{ readonly id: BotId, readonly token: string }>
  /** The server to log in at; absent: Telegram's own. The other data centres are what it says. */
  readonly server?: Endpoint
  /** That server's RSA public key, PEM. GramJS trusts it for the whole process. */
  readonly publicKeyPem?: string
  readonly sessions: Sessions
  /**
   * Takes in what one bot received, with the states that this covers, all or nothing: one call at a time for each bot. Rejecting
   * repeats it, unless it is with StateBehind: then everything is fetched again from what `loadStates` says.
   */
  deliver (batches: readonly Batch[]): Promise<void>
  /** Up to where everything that a bot received is stored. */
  loadStates (botId: BotId): Promise<UpdateStates>
  /** Told of each press of a button below a bot's message, in every process that runs the bot. Absent: nobody is. */
  onPress? (botId: BotId, press: Press): void
  /** Told of a bot each time that it has logged in, before its batches. Rejecting: they wait, and after the first log-in it cannot be used. */
  onOnline (bot: { readonly id: BotId, readonly username: string }): Promise<void>
  /** Where a bot saw a file, best first. */
  findSightings (botId: BotId, mediaId: MediaId): Promise<ReadonlyArray<MessageAddress>>
  /** Keeps a bot's renewed `file_id` of a file. */
  saveCopy (botId: BotId, mediaId: MediaId, fileId: string): Promise<void>
  readonly log: Log
  /** The most file connections of one bot to one data centre; absent: 2, as TDLib has. */
  readonly connectionsPerDc?: number
  readonly timing?: Partial<Timing>
}

/** All bots. Those that cannot log in hold up no other. */
export interface Fleet {
  /** Resolves when every bot is online or gone, or when `ms` have passed. */
  settled (ms: number): Promise<void>
  reports (): BotReport[]
  /** The ways to a file through the usable bots among `copies`: in random order, those that rest last. */
  sources (mediaId: MediaId, copies: readonly Copy[]): FileSource[]
  /** Resolves when Telegram has the message; sending the same reply again does nothing. Throws SendRefused, or what hindered it. */
  send (botId: BotId, message: OutgoingMessage): Promise<void>
  /** Resolves when a bot's own message says this instead. Throws as `send` does. */
  edit (botId: BotId, message: EditedMessage): Promise<void>
  /** Tells whoever pressed a button; an old or answered press is let be. */
  answerPress (botId: BotId, queryId: string, answer: PressAnswer): Promise<void>
  /**
   * Copies a received message's file into a chat, without a forward header; resolves with the new post as this bot reads
   * it. Throws SendRefused where the bot may not post there or has copied the message before.
   */
  copyToChat (botId: BotId, from: MessageAddress, media: SeenMedia, chatId: ChatId): Promise<Copied>
  /** How much of what the bots received is not stored yet, in batches and messages together. */
  waiting (): number
  /** Resolves, with the reasons, when Telegram has turned every bot away for good. */
  readonly allGone: Promise<BotReport[]>
  /** Closes all connections and stores what is not stored yet. */
  stop (): Promise<void>
}

/** How long `stop` waits for stores and deliveries that are under way, in ms. */
const stopMs = 5_000

/** Starts all bots at once. Throws a TypeError when `publicKeyPem` is no RSA key. */
export function startFleet (options: FleetOptions): Fleet {
  installFastIge()
  if (options.publicKeyPem !== undefined) trustServerKey(options.publicKeyPem)
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const launch = createLauncher(options, stopping.signal)
  const bots = new Map<BotId, Bot>()
  const launches = new Map(options.bots.map(bot => [bot.id, launch(bot).then(started => { bots.set(bot.id, started); return started })]))
  // Fails only when the fleet is stopped.
  for (const launched of launches.values()) launched.catch(() => {})

  const reportOf = (id: BotId): BotReport => bots.get(id)?.report() ?? { botId: id, username: null, state: 'connecting', reason: 'reading its session' }
  const reports = () => options.bots.map(({ id }) => reportOf(id))
  const whenAll = (pick: (bot: Bot) => Promise<void>) => Promise.allSettled([...launches.values()].map(async launched => pick(await launched)))

  async function botFor (id: BotId): Promise<Bot> {
    const launched = launches.get(id)
    if (launched === undefined) throw new TypeError(`there is no bot ${id}`)
    return await orAbort(launched, stopping.signal)
  }

  const allGone = new Promise<BotReport[]>((resolve, reject) => {
    whenAll(bot => bot.ended).then(() => { if (!stopping.signal.aborted) resolve(reports()) }, reject)
  })

  return {
    settled: ms => unlessLate(whenAll(bot => bot.settled), ms),
    reports,
    sources: (mediaId, copies) => copies
      .flatMap(({ botId, fileId }) => sourceOf(bots.get(botId), mediaId, fileId))
      .sort((a, b) => a.rank - b.rank)
      .map(({ source }) => source),
    send: async (id, message) => await (await botFor(id)).send(message),
    edit: async (id, message) => await (await botFor(id)).edit(message),
    answerPress: async (id, queryId, answer) => await (await botFor(id)).answerPress(queryId, answer),
    copyToChat: async (id, from, media, chatId) => await (await botFor(id)).copyToChat(from, media, chatId),
    waiting: () => [...bots.values()].reduce((sum, bot) => sum + bot.waiting(), 0),
    allGone,
    stop: async () => {
      stopping.abort(new Error('Teleferry is stopping'))
      await unlessLate(whenAll(bot => bot.ended), stopMs)
    }
  }
}

function sourceOf (bot: Bot | undefined, mediaId: MediaId, fileId: string): Array<{ rank: number, source: FileSource }> {
  if (bot === undefined || !bot.isUsable()) return []
  const rank = Math.random() + (bot.report().state === 'online' ? 0 : 1)
  return [{ rank, source: bot.source(mediaId, fileId) }]
}

function createLauncher (options: FleetOptions, signal: AbortSignal) {
  const { apiId, apiHash, sessions, log } = options
  const timing = { ...defaultTiming, ...options.timing }
  const directory = createDirectory(options.server)
  const onRefused = createRefusalLog(log)

  return async function launch ({ id, token }: { readonly id: BotId, readonly token: string }): Promise<Bot> {
    const keyring = await untilLoaded(() => loadKeyring({ botId: id, token, sessions, log }), id, { timing, log }, signal)
    directory.recall(keyring.addresses())
    return startBot({
      id,
      token,
      keyring,
      directory,
      timing,
      connectionsPerDc: options.connectionsPerDc ?? 2,
      log,
      api: { apiId, apiHash },
      deliver: options.deliver,
      onPress: press => options.onPress?.(id, press),
      loadStates: () => options.loadStates(id),
      onOnline: options.onOnline,
      onRefused: meaning => onRefused(id, meaning),
      findSightings: mediaId => options.findSightings(id, mediaId),
      saveCopy: (mediaId, fileId) => options.saveCopy(id, mediaId, fileId)
    }, signal)
  }
}

// Without its session a bot would log in anew, so it waits for the store instead.
async function untilLoaded (load: () => Promise<Keyring>, botId: BotId, { timing, log }: { timing: Timing, log: Log }, signal: AbortSignal): Promise<Keyring> {
  for (let failures = 1; ; failures++) {
    try {
      return await orAbort(load(), signal)
    } catch (error) {
      signal.throwIfAborted()
      log.warn({ botId, err: error }, 'the session of a bot could not be read; it is tried again')
      await sleep(backoff(failures, timing), undefined, { signal })
    }
  }
}

/** Says once for each bot that it is gone, and once for all what concerns all. */
function createRefusalLog (log: Log) {
  const said = new Set<string>()
  return (botId: BotId, { concerns, reason }: Extract<Meaning, { kind: 'refused' }>) => {
    if (concerns === 'all' && said.has(reason)) return
    said.add(reason)
    log.error(concerns === 'all' ? { reason } : { botId, reason }, concerns === 'all' ? 'Telegram refuses all bots' : 'Telegram refuses a bot')
  }
}

async function unlessLate (promise: Promise<unknown>, ms: number): Promise<void> {
  const done = new AbortController()
  await Promise.race([promise, sleep(ms, undefined, { signal: done.signal }).catch(() => {})])
  done.abort()
}
