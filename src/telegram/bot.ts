import type { Api } from 'telegram'
import { BotRefused } from '../errors.js'
import type { Batch, BotId, BotReport, ChatId, EditedMessage, MediaId, OutgoingMessage, Press, PressAnswer, SeenMedia, UpdateStates } from '../media.js'
import { createFileConnections } from './connections.js'
import { type Copied, createCopy, type MessageAddress } from './copy.js'
import type { Directory } from './directory.js'
import { createDownload } from './download.js'
import type { Meaning } from './errors.js'
import { createHistory, type History } from './history.js'
import { createInbox } from './inbox.js'
import type { ApiCredentials } from './init-request.js'
import type { Keyring } from './keyring.js'
import { createLocations, type Locations } from './locations.js'
import type { Log } from './log.js'
import type { Login } from './login.js'
import { keepOnline } from './main-connection.js'
import { createFetchMedia } from './messages.js'
import { createPeers } from './peers.js'
import { readPresses } from './presses.js'
import { createRenewal } from './reference.js'
import { createRests } from './rests.js'
import { createRights } from './rights.js'
import { createAnswerPress, createEdit, createSend } from './send.js'
import type { Timing } from './timing.js'
import { createUpdateManager } from './updates/manager.js'

/** One bot's way to one file. */
export interface FileSource {
  readonly name: string
  /** Names the bot and the data centre: what all requests of one share. It changes when the file moves. */
  readonly lane: string
  /**
   * The `limit` bytes at `offset`, fewer only at the end of the file. `offset % limit === 0`, `limit` a power of two
   * from 4 KiB to 1 MiB. Calls `onSent` when the request goes out over a connection, and again when it is repeated.
   * Throws SourceResting, SourceUnreachable, SourceGone, SourceFailed, BotRefused, or the reason of `signal` once it aborts.
   */
  fetch (offset: number, limit: number, onSent: () => void, signal: AbortSignal): Promise<Uint8Array>
}

export interface BotOptions {
  readonly id: BotId
  readonly token: string
  readonly keyring: Keyring
  /** Whether nobody else can be using the keys at this moment. */
  isSessionSure (): boolean
  readonly api: ApiCredentials
  readonly directory: Directory
  readonly timing: Timing
  /** The most file connections to one data centre. */
  readonly connectionsPerDc: number
  readonly log: Log
  deliver (batches: readonly Batch[]): Promise<void>
  /** Up to where what it received is stored. */
  loadStates (): Promise<UpdateStates>
  /** Told of each press of a button below this bot's messages. */
  onPress (press: Press): void
  onOnline (self: Login['self']): Promise<void>
  onRefused (meaning: Extract<Meaning, { kind: 'refused' }>): void
  /** Told of each answer by which Telegram asks for a wait, at this data centre. */
  onFlood (dcId: number, seconds: number): void
  /** Told what came of each renewal of a file reference. */
  onRenewal (succeeded: boolean): void
  findSightings (mediaId: MediaId): Promise<ReadonlyArray<MessageAddress>>
  saveCopy (mediaId: MediaId, fileId: string): Promise<void>
}

/** One bot, from its log-in to its end. */
export interface Bot {
  readonly id: BotId
  report (): BotReport
  /** Whether it can serve files: it has logged in and was not turned away since. */
  isUsable (): boolean
  /** Whether it is usable and need not wait before it logs in; at single data centres Telegram may ask it to wait. */
  canServe (): boolean
  source (mediaId: MediaId, fileId: string): FileSource
  /** What hinders the bot from posting in a channel or supergroup, and what to do; `null`: nothing. Rejects where it cannot ask. */
  mayPost (chatId: ChatId): Promise<string | null>
  /** What channels and supergroups held before. */
  readonly history: History
  /** Resolves to the message's id; `null` where it was sent before. */
  send (message: OutgoingMessage): Promise<number | null>
  edit (message: EditedMessage): Promise<void>
  answerPress (queryId: string, answer: PressAnswer): Promise<void>
  copyToChat (from: MessageAddress, media: SeenMedia, chatId: ChatId): Promise<Copied>
  /** How much of what it received is not stored yet, in batches and messages together; from some thousand on the rest stays with Telegram. */
  waiting (): number
  /** Resolves when the bot is online for the first time, or will never be. */
  readonly settled: Promise<void>
  /** Resolves when the bot is gone, or stopped by `signal`, and its connections are closed and its session stored. */
  readonly ended: Promise<void>
}

/** Starts a bot; `signal` ends it. */
export function startBot (options: BotOptions, signal: AbortSignal): Bot {
  const { id, keyring, log, timing } = options
  const peers = createPeers()
  const rests = createRests()
  const introduction = createIntroduction(options.onOnline)
  const inbox = createInbox({
    deliver: async batches => {
      await introduction.made()
      await options.deliver(batches)
    },
    onRoom: () => updates.resume(),
    onBehind: () => updates.reload(),
    timing,
    log
  }, signal)

  const main = keepOnline({
    ...options,
    botId: id,
    onUpdate: update => {
      for (const press of readPresses(update)) options.onPress(press)
      updates.take(update)
    },
    onMissed: () => updates.doubt(),
    onOnline: async ({ self, state, link }) => {
      connections.loggedIn()
      await introduction.due(self)
      updates.online(state, link.lost)
    }
  }, signal)
  const updates = createUpdateManager({ botId: id, peers, inbox, timing, log, load: options.loadStates, call: main.call }, signal)

  // The bot's own doings are counted too, and told in the answer only.
  async function callAndNote<R extends Api.AnyRequest> (request: R, signal?: AbortSignal): Promise<R['__response']> {
    const answer = await main.call(request, signal)
    updates.take(answer)
    return answer
  }

  const connections = createFileConnections({ ...options, callMain: main.call }, signal)
  const fetchMedia = createFetchMedia({ peers, call: main.call })
  const locations = createLocations()
  const download = createDownload({
    connections,
    rests,
    locations,
    home: keyring.home,
    renew: createRenewal({ ...options, botId: id, fetchMedia }),
    doubtLogin: main.doubt
  })
  const sending = { botId: id, timing, log, peers, call: callAndNote }
  const send = createSend(sending)
  const edit = createEdit(sending)
  const answerPress = createAnswerPress(sending)
  const copyToChat = createCopy(sending)

  return {
    id,
    report: () => withRest(main.report(), rests.current()),
    isUsable: main.isUsable,
    canServe: () => main.isUsable() && main.report().state !== 'resting',
    source: (mediaId, fileId) => ({
      name: `bot ${main.report().username ?? id}`,
      get lane () { return `${id}:dc${dcOf(locations, fileId)}` },
      fetch: async (offset, limit, onSent, signal) => {
        if (!main.isUsable()) throw new BotRefused(id, main.report().reason ?? 'it is not logged in')
        return await download({ mediaId, fileId, offset, limit }, onSent, signal)
      }
    }),
    mayPost: createRights({ peers, call: main.call }),
    history: createHistory({ botId: id, log, peers, call: main.call }),
    send: message => send(message, signal),
    edit: message => edit(message, signal),
    answerPress: (queryId, answer) => answerPress(queryId, answer, signal),
    copyToChat: (from, media, chatId) => copyToChat(from, media, chatId, signal),
    waiting: inbox.waiting,
    settled: main.settled,
    ended: main.ended.finally(connections.close).then(inbox.drained).then(keyring.saved)
  }
}

// What is no location is told to whoever reads from it.
function dcOf (locations: Locations, fileId: string): number {
  try {
    return locations.of(fileId).dcId
  } catch {
    return 0
  }
}

/**
 * Introduces the bot after each log-in. The first time it must succeed, or the bot cannot be used; later, since the database may
 * be away while files known to the process go on, only before anything is stored.
 */
function createIntroduction (introduce: BotOptions['onOnline']) {
  let isFirst = true
  let pending: Login['self'] | null = null

  async function made (): Promise<void> {
    if (pending === null) return
    const self = pending
    await introduce(self)
    isFirst = false
    if (pending === self) pending = null
  }

  return {
    made,
    due: async (self: Login['self']) => {
      pending = self
      if (isFirst) await made()
    }
  }
}

function withRest (report: BotReport, rest: { readonly dcId: number, readonly until: Date } | null): BotReport {
  if (report.state !== 'online' || rest === null) return report
  return { ...report, state: 'resting', reason: `Telegram asks to wait before more is read from DC ${rest.dcId}`, until: rest.until }
}
