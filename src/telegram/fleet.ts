import { setMaxListeners } from 'node:events'
import type { Batch, BotId, BotReport, ChatId, Copy, EditedMessage, MediaId, OutgoingMessage, Press, PressAnswer, SeenMedia, UpdateStates } from '../media.js'
import { unlessLate } from '../unless-late.js'
import { type FileSource, startBot } from './bot.js'
import type { Copied, MessageAddress } from './copy.js'
import { createDirectory, type Endpoint } from './directory.js'
import type { Meaning } from './errors.js'
import type { History } from './history.js'
import { type KeptBot, keepBot } from './kept-bot.js'
import { openKeyring } from './keyring.js'
import type { Borrow } from './loan.js'
import type { Log } from './log.js'
import { installPatches } from './patches.js'
import { trustServerKey } from './server-keys.js'
import { defaultTiming, type Timing } from './timing.js'

export interface FleetOptions {
  readonly apiId: number
  readonly apiHash: string
  readonly bots: ReadonlyArray<{ readonly id: BotId, readonly token: string }>
  /** The server to log in at; absent: Telegram's own. The other data centres are what it says. */
  readonly server?: Endpoint
  /** That server's RSA public key, PEM. GramJS trusts it for the whole process. */
  readonly publicKeyPem?: string
  /** Where bots get the session from that they log in with. */
  readonly borrow: Borrow
  /**
   * Takes in what one bot received, with the states that this covers, all or nothing: one call at a time for each bot. Rejecting
   * repeats it, unless it is with StateBehind: then everything is fetched again from what `loadStates` says.
   */
  deliver (batches: readonly Batch[]): Promise<void>
  /** Up to where everything that a bot received is stored. */
  loadStates (botId: BotId): Promise<UpdateStates>
  /** Told of each press of a button below a bot's message, in every process that runs the bot. Absent: nobody is. */
  onPress? (botId: BotId, press: Press): void
  /** Told of each answer by which Telegram asks a bot to wait, at this data centre. */
  onFlood? (botId: BotId, dcId: number, seconds: number): void
  /** Told of each file reference that a bot renewed, or could not renew. */
  onRenewal? (botId: BotId, succeeded: boolean): void
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
  /** The bots that Telegram has not turned away for good. */
  remaining (): BotId[]
  /** Whether some bot can serve files now, its login being there or about to come back. */
  canServe (): boolean
  /** The ways to a file through the usable bots among `copies`: in random order, those that rest last. */
  sources (mediaId: MediaId, copies: readonly Copy[]): FileSource[]
  /** Keeps the bots of `copies`, once retired, until the function that comes back is called. */
  hold (copies: readonly Copy[]): () => void
  /** Ends each bot, and gives its session back, as soon as nobody holds it. */
  retire (): void
  /** What hinders a bot from posting in a channel or supergroup, and what to do; `null`: nothing. Rejects where it cannot ask. */
  mayPost (botId: BotId, chatId: ChatId): Promise<string | null>
  /** What channels and supergroups held before, as one bot sees it. */
  history (botId: BotId): History
  /** Resolves to the message's id; sending the same reply again does nothing, and resolves to `null`. Throws SendRefused, or what hindered it. */
  send (botId: BotId, message: OutgoingMessage): Promise<number | null>
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

/** Starts all bots at once. Throws a TypeError when `publicKeyPem` is no RSA key. */
export function startFleet (options: FleetOptions): Fleet {
  installPatches()
  if (options.publicKeyPem !== undefined) trustServerKey(options.publicKeyPem)
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const keep = createKeeper(options, stopping.signal)
  const bots = new Map(options.bots.map(bot => [bot.id, keep(bot)]))
  const reports = () => [...bots.values()].map(bot => bot.report())
  const whenAll = (pick: (bot: KeptBot) => Promise<void>) => Promise.all([...bots.values()].map(pick))

  function botFor (id: BotId): KeptBot {
    const bot = bots.get(id)
    if (bot === undefined) throw new TypeError(`there is no bot ${id}`)
    return bot
  }

  const allGone = new Promise<BotReport[]>((resolve, reject) => {
    whenAll(bot => bot.ended).then(() => { if (reports().every(({ state }) => state === 'gone')) resolve(reports()) }, reject)
  })

  return {
    settled: async ms => { await unlessLate(whenAll(bot => bot.settled), ms) },
    reports,
    remaining: () => reports().filter(({ state }) => state !== 'gone').map(({ botId }) => botId),
    canServe: () => [...bots.values()].some(bot => bot.canServe()),
    sources: (mediaId, copies) => copies
      .flatMap(({ botId, fileId }) => sourceOf(bots.get(botId), mediaId, fileId))
      .sort((a, b) => a.rank - b.rank)
      .map(({ source }) => source),
    hold: copies => {
      const releases = copies.flatMap(({ botId }) => bots.get(botId)?.hold() ?? [])
      return () => { for (const release of releases) release() }
    },
    retire: () => { for (const bot of bots.values()) bot.retire() },
    mayPost: async (id, chatId) => await botFor(id).mayPost(chatId),
    history: id => botFor(id).history,
    send: async (id, message) => await botFor(id).send(message),
    edit: async (id, message) => await botFor(id).edit(message),
    answerPress: async (id, queryId, answer) => await botFor(id).answerPress(queryId, answer),
    copyToChat: async (id, from, media, chatId) => await botFor(id).copyToChat(from, media, chatId),
    waiting: () => [...bots.values()].reduce((sum, bot) => sum + bot.waiting(), 0),
    allGone,
    stop: async () => {
      stopping.abort(new Error('Teleferry is stopping'))
      await whenAll(bot => bot.ended)
    }
  }
}

function sourceOf (bot: KeptBot | undefined, mediaId: MediaId, fileId: string): Array<{ rank: number, source: FileSource }> {
  if (bot === undefined || !bot.isUsable()) return []
  const rank = Math.random() + (bot.report().state === 'online' ? 0 : 1)
  return [{ rank, source: bot.source(mediaId, fileId) }]
}

function createKeeper (options: FleetOptions, signal: AbortSignal) {
  const { apiId, apiHash, borrow, log } = options
  const timing = { ...defaultTiming, ...options.timing }
  const directory = createDirectory(options.server)
  const onRefused = createRefusalLog(log)

  return function keep ({ id, token }: { readonly id: BotId, readonly token: string }): KeptBot {
    return keepBot({
      id,
      borrow,
      timing,
      log,
      start: async (loan, signal) => {
        const keyring = openKeyring({ botId: id, token, loan, timing, log })
        directory.recall(keyring.addresses())
        return startBot({
          id,
          token,
          keyring,
          isSessionSure: loan.isSure,
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
          onFlood: (dcId, seconds) => options.onFlood?.(id, dcId, seconds),
          onRenewal: succeeded => options.onRenewal?.(id, succeeded),
          findSightings: mediaId => options.findSightings(id, mediaId),
          saveCopy: (mediaId, fileId) => options.saveCopy(id, mediaId, fileId)
        }, signal)
      }
    }, signal)
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
