import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { startWorker } from './backfill/worker.js'
import { runWalk } from './backfill/walk.js'
import { claimAnswer } from './catalogue/answers.js'
import { endWalk, findWalk, findWalkers, giveBackWalk, moveWalk, noteWalkNotice, queueWalk, takeWalk } from './catalogue/backfills.js'
import { forgetMedia } from './catalogue/forget.js'
import { storeIntakes } from './catalogue/intake.js'
import { listMedia } from './catalogue/media-pages.js'
import { findMedia, lackingBots, recordSightings, saveCopy, saveSize } from './catalogue/media-files.js'
import { revokeLinks, unblockLinks } from './catalogue/links.js'
import { beatProcess, buryProcess, enterProcess, leaveProcess, readBeats } from './catalogue/processes.js'
import { remember } from './catalogue/remembered.js'
import { findHolders, giveBackSession, type HeldSession, makeSession, removeSession, saveSession, takeSession, type TakenSession } from './catalogue/sessions.js'
import { findSightings } from './catalogue/sightings.js'
import { assignSlots, takeSlot, touchBots } from './catalogue/slots.js'
import { claimStorageCopy, noteStorageCopy } from './catalogue/storage-copies.js'
import { noteStorageRights } from './catalogue/storage-rights.js'
import { findUnanswered, forgetUnanswered, noteAnswered } from './catalogue/unanswered.js'
import { loadUpdateStates } from './catalogue/update-states.js'
import { findSenders } from './catalogue/uploads.js'
import { createConversation } from './chat/conversation.js'
import { createKeeper } from './chat/keeper.js'
import type { Keeper } from './chat/keeper.js'
import { createIndexing, isIndexCommand } from './chat/indexing.js'
import { createPressed } from './chat/presses.js'
import { walkText } from './chat/walk-text.js'
import { chooseCipher, cipherName } from './cipher/ige.js'
import type { Config } from './config.js'
import { ConfigError } from './config/problems.js'
import { connect } from './database/connect.js'
import type { Db } from './database/connect.js'
import { isDownForAll } from './database/down.js'
import { startEmbedded } from './database/embedded.js'
import { migrate } from './database/migrate.js'
import { inTransaction } from './database/transaction.js'
import { FileGone } from './errors.js'
import { createFollowUp } from './follow-up.js'
import type { Administration } from './http/parts.js'
import { createMetricsServer } from './http/metrics-server.js'
import { createServer } from './http/server.js'
import { createIngest } from './ingest.js'
import { createLending, type Lending, type SessionStore } from './leases/lending.js'
import { type Presence, startPresence } from './leases/presence.js'
import { leaseTiming } from './leases/timing.js'
import { createUndertaker } from './leases/undertaker.js'
import { createLinks } from './links/links.js'
import type { LinkMaker } from './links/links.js'
import type { Log } from './log.js'
import type { BotId, BotReport, ChatId, Copy, MediaId, ReceivedMessage } from './media.js'
import { createMetrics } from './metrics/metrics.js'
import type { Metrics } from './metrics/metrics.js'
import { createOutbox } from './outbox.js'
import { connectRedis } from './redis.js'
import type { RedisOptions } from './redis.js'
import { createStorageChat } from './storage-chat.js'
import { createEngine } from './streaming/engine.js'
import { findSize } from './streaming/size.js'
import { untilRead } from './streaming/until-read.js'
import { startFleet } from './telegram/fleet.js'
import type { Fleet } from './telegram/fleet.js'
import { giveBack } from './telegram/frame-memory.js'

/** The running service. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly address: string
  /** Resolves when every bot is online or was turned away, or when `ms` have passed. */
  settled (ms: number): Promise<void>
  reports (): BotReport[]
  /** Resolves, with the reasons, when Telegram has turned every bot away for good. */
  readonly noBotLeft: Promise<BotReport[]>
  /** Stops accepting, lets running downloads end for as long as the configuration allows, and closes everything. */
  close (): Promise<void>
}

/** How long an unanswered message is worth an answer, in ms. */
const answerableMs = 24 * 60 * 60_000

/**
 * While the database is away, the files asked for lately go on: how many, for how long after the database last spoke of them, and
 * how long it may take to answer before that, in ms.
 */
const lately = { capacity: 2_000, maxAgeMs: 15 * 60_000, patienceMs: 2_000 }

/** How much may wait to be stored before the service says so, in messages or so. */
const worthTelling = 500

type Closing = Array<() => Promise<unknown>>

/** Bots are noted as present, and their rights in the storage chat looked at, this often: the one absent longest gives up its slot first. */
const presenceMs = 60_000

/** How long answers that are under way may take when the service ends, in ms. */
const drainMs = 3_000

/** Builds everything from `config`, and listens. Throws when the database or the port cannot be had; bots come when they can. */
export async function createApp (config: Config, log: Log): Promise<App> {
  const closing: Closing = []
  const close = async () => {
    for (let end = closing.pop(); end !== undefined; end = closing.pop()) await end()
  }
  log.info({ cipher: chooseCipher(config.cipher) }, 'the cipher was chosen')
  try {
    const metrics = await openMetrics(config, log, closing)
    const { db, url } = await openDatabase(config, log, closing, metrics.onPool)
    const links = createLinks({ publicUrl: config.http.publicUrl, ...config.links })
    const presence = await openPresence(config, log, url, closing)
    const lending = createLending({ presence, store: sessionStore(db), timing: leaseTiming, log })
    const { fleet, retire } = await openFleet(config, log, db, links, lending, metrics, closing)
    const indexer = openIndexer(config, log, db, presence, fleet)
    const address = await openHttp(config, log, db, links, fleet, metrics, async () => { await Promise.all([indexer.stop(), retire()]) }, closing)
    return { address, settled: fleet.settled, reports: fleet.reports, noBotLeft: fleet.allGone, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Whoever has no token may be given a port of its own, from the beginning to the end: nobody must reach it who may not read. */
async function openMetrics ({ http: { host, metricsPort: port, adminToken } }: Config, log: Log, closing: Closing): Promise<Metrics> {
  const metrics = createMetrics({ isRead: adminToken !== null || port !== null })
  if (port === null) return metrics
  const server = createMetricsServer(metrics.page, log)
  closing.push(() => server.close())
  await server.listen({ host, port }).catch(error => {
    throw new ConfigError([{ variable: 'METRICS_PORT', wrong: `is a port that cannot be listened on (${error.code})`, example: 'METRICS_PORT=9464' }])
  })
  return metrics
}

async function openDatabase ({ database }: Config, log: Log, closing: Closing, onPool: Metrics['onPool'] = () => {}): Promise<{ db: Db, url: string }> {
  const say = (message: string) => log.info(message)
  const url = database.url ?? await openEmbedded(database.dataDir, say, closing)
  const sslMode = database.sslMode
  await migrate(url, { log: say, ...sslMode !== undefined && { sslMode } })
  // One of the connections is for the leases.
  const db = connect(url, { poolSize: database.poolSize - 1, applicationName: 'teleferry', log: say, onPool, ...sslMode !== undefined && { sslMode } })
  closing.push(() => db.destroy())
  return { db, url }
}

/** A connection of its own: signs of life must not wait for a busy pool. */
async function openPresence ({ database: { sslMode } }: Config, log: Log, url: string, closing: Closing): Promise<Presence> {
  const own = connect(url, { poolSize: 1, applicationName: 'teleferry leases', patienceMs: 2 * leaseTiming.beatMs, ...sslMode !== undefined && { sslMode } })
  closing.push(() => own.destroy())
  const presence = await startPresence({
    enter: id => enterProcess(own, id),
    beat: id => beatProcess(own, id),
    leave: id => leaveProcess(own, id),
    isDownForAll,
    timing: leaseTiming,
    log
  })
  closing.push(presence.stop)
  return presence
}

function sessionStore (db: Db): SessionStore<HeldSession> {
  const leased = (taken: TakenSession | null) => taken === null ? null : { session: taken, data: taken.data }
  return {
    take: async (botId, holder) => leased(await takeSession(db, botId, holder)),
    make: async (botId, holder) => leased(await makeSession(db, botId, holder)),
    holders: botId => findHolders(db, botId),
    beats: processes => readBeats(db, processes),
    bury: (process, beat) => buryProcess(db, process, beat),
    save: (session, data) => saveSession(db, session, data),
    remove: session => removeSession(db, session),
    giveBack: session => giveBackSession(db, session)
  }
}

async function openEmbedded (dataDir: string, say: (message: string) => void, closing: Closing): Promise<string> {
  const embedded = await startEmbedded({ dataDir, log: say })
  closing.push(embedded.stop)
  return embedded.url
}

async function openFleet (config: Config, log: Log, db: Db, links: LinkMaker, { borrow }: Lending, metrics: Metrics, closing: Closing): Promise<{ fleet: Fleet, retire: () => Promise<void> }> {
  const botIds = config.bots.map(({ id }) => id)
  await assignSlots(db, botIds)
  const isAllowed = (senderId: string | null) => config.allowedUsers === null || (senderId !== null && (config.allowedUsers.has(senderId) || config.owners.has(senderId)))
  const outbox = createOutbox((err, lane) => log.warn({ err, lane }, 'a message was stored, but what should follow failed'))
  const since = () => new Date(Date.now() - answerableMs)
  const followUp = createFollowUp({
    tasks: { answers: (botId, message) => answer(botId, message), copies: (botId, message) => share(botId, message) },
    add: outbox.add,
    // Telegram's no is an answer, too.
    isFinal: error => error instanceof Error && 'code' in error && error.code === 'SEND_REFUSED',
    done: (botId, message) => noteAnswered(db, botId, message),
    findOpen: botId => findUnanswered(db, botId, since())
  })
  const fleet = startFleet({
    ...await telegramOptions(config),
    borrow,
    deliver: createIngest({
      isAllowed,
      wantsAnswer: (message: ReceivedMessage) => message.chat.kind === 'private' || (config.replyInChats && message.media !== null) || isIndexCommand(message.text),
      store: (botId, intakes) => storeIntakes(db, botId, intakes),
      onStored: metrics.onStored,
      onMessage: followUp.start
    }),
    onFlood: metrics.onFlood,
    onRenewal: metrics.onRenewal,
    onPress: (botId, press) => outbox.add(`presses of bot ${botId}`, () => pressed(botId, press)),
    loadStates: botId => loadUpdateStates(db, botId),
    onOnline: async ({ id, username }) => {
      // Another process may have given its slot away while it was absent.
      await takeSlot(db, id, botIds)
      await touchBots(db, [id], new Map([[id, username]]))
      await forgetUnanswered(db, since())
      await followUp.resume(id)
      outbox.add(`rights of bot ${id}`, () => checkRights(id))
    },
    findSightings: (botId, mediaId) => findSightings(db, botId, mediaId),
    saveCopy: (botId, mediaId, fileId) => saveCopy(db, botId, mediaId, fileId),
    log
  })
  const keeper = createFileKeeper(config, db, links)
  const answer = createAnswer(config, db, fleet, keeper, isAllowed)
  const pressed = createPressed({ keeper, isAllowed, answerPress: fleet.answerPress, edit: fleet.edit })
  const share = createSharing(config, db, fleet, isAllowed)
  const checkRights = createRightsCheck(config, db, fleet, log)
  const presence = setInterval(() => {
    notePresence(db, fleet, log)
    for (const { botId, state } of fleet.reports()) if (state === 'online') outbox.add(`rights of bot ${botId}`, () => checkRights(botId))
  }, presenceMs).unref()
  closing.push(fleet.stop, async () => clearInterval(presence), () => outbox.drained(drainMs))
  const retire = async () => {
    // Answers that are under way still need their bots.
    await outbox.drained(drainMs)
    fleet.retire()
  }
  return { fleet, retire }
}

/** How the bots fare that were logged in without serving. `problem`: what hinders one in the storage chat; `undefined`: not asked. */
export interface LogInReport {
  readonly bots: BotReport[]
  readonly storage: ReadonlyMap<BotId, string | null>
}

/** Logs the bots in on their stored sessions, or anew where there is none, looks at their rights, and leaves. Takes in no update. */
export async function logInOnce (config: Config, log: Log, ms: number): Promise<LogInReport> {
  const closing: Closing = []
  try {
    const { db, url } = await openDatabase(config, log, closing)
    const presence = await openPresence(config, log, url, closing)
    const { borrow } = createLending({ presence, store: sessionStore(db), timing: leaseTiming, log })
    const fleet = startFleet({
      ...await telegramOptions(config),
      borrow,
      // Without their states the bots fetch nothing, and what is not taken in comes again to the server.
      loadStates: async () => await new Promise<never>(() => {}),
      deliver: async () => { throw new Error('not serving') },
      onOnline: async () => {},
      findSightings: async () => [],
      saveCopy: async () => {},
      log
    })
    closing.push(fleet.stop)
    await fleet.settled(ms)
    const bots = fleet.reports()
    return { bots, storage: await rightsOf(fleet, bots, config.storageChatId) }
  } finally {
    for (let end = closing.pop(); end !== undefined; end = closing.pop()) await end()
  }
}

async function rightsOf (fleet: Fleet, bots: readonly BotReport[], storageChatId: ChatId | null): Promise<Map<BotId, string | null>> {
  const online = storageChatId === null ? [] : bots.filter(({ state }) => state === 'online')
  const asked = online.map(async ({ botId }) => [botId, await fleet.mayPost(botId, storageChatId ?? '' as ChatId)] as const)
  return new Map((await Promise.allSettled(asked)).flatMap(result => result.status === 'fulfilled' ? [result.value] : []))
}

/** Which Telegram, as which application, with which bots. */
async function telegramOptions ({ telegram: { server, publicKeyPath, apiId, apiHash }, bots, streaming }: Config) {
  return {
    apiId,
    apiHash,
    bots,
    connectionsPerDc: streaming.botConnections,
    ...server !== undefined && { server },
    ...publicKeyPath !== undefined && { publicKeyPem: await readPublicKey(publicKeyPath) }
  }
}

/** The text of the key's file. Throws ConfigError. */
export async function readPublicKey (path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(error => {
    throw new ConfigError([{ variable: 'TELEGRAM_PUBLIC_KEY', wrong: `names a file that cannot be read (${error.code}): ${path}`, example: 'TELEGRAM_PUBLIC_KEY=./telegram-public-key.pem' }])
  })
}

type IsAllowed = (senderId: string | null) => boolean

function createFileKeeper ({ owners }: Config, db: Db, links: LinkMaker) {
  return createKeeper({
    links,
    isOwner: userId => owners.has(userId),
    find: async id => {
      const found = await findMedia(db, id)
      return found && { ...found, senders: await findSenders(db, id) }
    },
    revoke: (id, occasion) => revokeLinks(db, id, { block: !links.signed, occasion }),
    unblock: id => unblockLinks(db, id)
  })
}

function createAnswer ({ replyInChats, owners }: Config, db: Db, fleet: Fleet, keeper: Keeper, isAllowed: IsAllowed) {
  return createConversation({
    keeper,
    replyInChats,
    isAllowed,
    claimAnswer: (chatId, messageId, botId) => claimAnswer(db, chatId, messageId, botId),
    index: createIndexing({
      isOwner: userId => owners.has(userId),
      claimAnswer: (chatId, messageId, botId) => claimAnswer(db, chatId, messageId, botId),
      queue: (request, askedBy) => queueWalk(db, request, null, askedBy),
      noteNotice: (id, notice) => noteWalkNotice(db, id, notice),
      find: id => findWalk(db, id),
      send: fleet.send,
      edit: fleet.edit
    }),
    send: fleet.send
  })
}

/** How long the other bots wait for one that rests or fails while they index a chat together, in ms. */
const indexPatienceMs = 60_000

/** Carries out the walks that were queued: by `teleferry index`, by `/index`, or because updates are missing. */
function openIndexer ({ bots, indexRate }: Config, log: Log, db: Db, presence: Presence, fleet: Fleet) {
  const undertaker = createUndertaker({ beats: ids => readBeats(db, ids), bury: (id, beat) => buryProcess(db, id, beat), deadMs: leaseTiming.deadMs, log })
  return startWorker({
    presence,
    log,
    isReady: fleet.canServe,
    take: holder => takeWalk(db, holder),
    buryTheDead: async () => { await undertaker(await findWalkers(db)) },
    walk: async (walk, holder, onProgress, signal) => await runWalk(walk, {
      bots: bots.map(({ id }) => id),
      read: (botId, ...parameters) => fleet.history(botId).read(...parameters),
      bound: (botId, ...parameters) => fleet.history(botId).bound(...parameters),
      messagesPerSecond: indexRate,
      patienceMs: indexPatienceMs,
      backoffMs: 1_000,
      store: async (sightings, progress) => {
        await inTransaction(db, async transaction => {
          await recordSightings(transaction, sightings)
          if (!await moveWalk(transaction, walk.id, holder, progress)) throw new Error('another process indexes this chat now')
        })
        onProgress(progress)
      },
      leaveBehind: async (botId, from, to) => { await queueWalk(db, { chatId: walk.chatId, from, to }, botId, 'late') }
    }, signal),
    end: (walk, holder, state, reason) => endWalk(db, walk.id, holder, state, reason),
    giveBack: (walk, holder) => giveBackWalk(db, walk.id, holder),
    show: async walk => {
      const notice = walk.notice ?? (await findWalk(db, walk.id))?.notice
      if (notice) await fleet.edit(notice.botId, { ...notice, text: walkText(walk) })
    }
  })
}

/** Copies privately received files to where every bot sees them; without a storage chat, does nothing. */
function createSharing ({ storageChatId, bots }: Config, db: Db, fleet: Fleet, isAllowed: IsAllowed) {
  if (storageChatId === null) return async () => {}
  return createStorageChat({
    storageChatId,
    isAllowed,
    isLacking: async id => (await lackingBots(db, id, bots.map(bot => bot.id))).length > 0,
    claim: (id, botId) => claimStorageCopy(db, id, botId),
    copyToChat: fleet.copyToChat,
    keep: async sighting => {
      await recordSightings(db, [sighting])
      await noteStorageCopy(db, sighting.media.id, sighting.messageId)
    }
  })
}

/** Looks whether a bot may post in the storage chat, and says so in the log when that has changed; without one, does nothing. */
function createRightsCheck ({ storageChatId }: Config, db: Db, fleet: Fleet, log: Log) {
  return async function checkRights (botId: BotId): Promise<void> {
    if (storageChatId === null) return
    const problem = await fleet.mayPost(botId, storageChatId).catch(err => {
      log.debug({ botId, err }, 'the rights of a bot in the storage chat could not be looked at')
      return undefined
    })
    if (problem === undefined) return
    if (!await noteStorageRights(db, botId, storageChatId, problem)) return
    if (problem === null) log.info({ botId }, 'bot may copy files into the storage chat')
    else log.warn({ botId, problem }, 'bot cannot copy files into the storage chat (STORAGE_CHAT_ID)')
  }
}

function notePresence (db: Db, fleet: Fleet, log: Log): void {
  const present = fleet.reports().filter(({ state }) => state === 'online' || state === 'resting').map(({ botId }) => botId)
  touchBots(db, present).catch(err => log.warn({ err }, 'the presence of the bots could not be noted'))
}

async function openHttp ({ http, redis, streaming, shutdownGraceMs }: Config, log: Log, db: Db, links: LinkMaker, fleet: Fleet, metrics: Metrics, retire: () => Promise<void>, closing: Closing): Promise<string> {
  const engine = createEngine({ memoryBytes: streaming.memoryBytes, laneCeilingBytes: streaming.botWindowBytes, observer: metrics.streams, recycle: giveBack })
  metrics.show(fleet, engine)
  const server = createServer({
    findMedia: remember((id: MediaId) => findMedia(db, id), lately),
    links,
    openFile: async (file, copies, range, signal) => {
      const release = fleet.hold(copies)
      try {
        return untilRead(await engine.openStream(file, range, sourcesOf(fleet, file.id, copies), signal), release, signal)
      } catch (error) {
        release()
        throw error
      }
    },
    sizeOf: async (file, copies, signal) => {
      const size = await findSize(file, sourcesOf(fleet, file.id, copies), signal)
      await saveSize(db, file.id, size).catch(err => log.warn({ err, mediaId: file.id }, 'the size of a file could not be noted'))
      return size
    },
    readiness: async () => {
      const bots = fleet.reports()
      const database = await isReachable(db) ? 'ok' : 'unreachable'
      return { ready: fleet.canServe(), reasons: troubles(database, fleet.waiting()), bots, database, cipher: cipherName() }
    },
    cacheMaxAgeSeconds: http.cacheMaxAgeSeconds,
    admin: http.adminToken === null ? null : administration(http.adminToken, db, links, fleet, metrics),
    rateLimitPerMinute: http.rateLimitPerMinute,
    guessLimitPerMinute: http.guessLimitPerMinute,
    redis: redis === null ? null : await openRedis(redis, log, closing),
    streamLimit: http.streamLimit,
    bandwidth: http.bandwidth,
    trustProxy: http.trustProxy,
    logger: log
  })
  // Another process may be waiting for the sessions of bots that no stream needs any more.
  closing.push(() => Promise.all([closeServer(server, shutdownGraceMs), retire()]))
  return await server.listen({ host: http.host, port: http.port })
}

async function openRedis (options: RedisOptions, log: Log, closing: Closing) {
  const redis = await connectRedis(options, log)
  closing.push(async () => redis.disconnect())
  return redis
}

function administration (token: string, db: Db, links: LinkMaker, fleet: Fleet, metrics: Metrics): Administration {
  return {
    token,
    listFiles: page => listMedia(db, page),
    findSenders: id => findSenders(db, id),
    revoke: async (id, occasion) => { await revokeLinks(db, id, { block: !links.signed, occasion }) },
    unblock: id => unblockLinks(db, id),
    forget: (id, occasion) => forgetMedia(db, id, occasion),
    bots: fleet.reports,
    metrics: metrics.page
  }
}

/** The ways to a file. Throws FileGone where none of the bots that know it is configured, or all were turned away for good. */
function sourcesOf (fleet: Fleet, id: MediaId, copies: readonly Copy[]) {
  const hopeful = new Set(fleet.reports().filter(({ state }) => state !== 'gone').map(({ botId }) => botId))
  if (!copies.some(({ botId }) => hopeful.has(botId))) throw new FileGone(id)
  return fleet.sources(id, copies)
}

/** Stops accepting and waits for what runs, but no longer than `graceMs`. */
async function closeServer (server: ReturnType<typeof createServer>, graceMs: number): Promise<void> {
  const late = setTimeout(() => server.server.closeAllConnections(), graceMs)
  await server.close()
  clearTimeout(late)
}

/** Why the service is not all that it should be, in words for anybody. */
function troubles (database: 'ok' | 'unreachable', waiting: number): string[] {
  return [
    ...database === 'ok' ? [] : ['the database does not answer: files that were asked for lately go on, new ones are noted when it is back'],
    ...waiting < worthTelling ? [] : [`${waiting} messages wait to be noted`]
  ]
}

async function isReachable (db: Db): Promise<boolean> {
  const late = new AbortController()
  const answered = sql`SELECT 1`.execute(db).then(() => true, () => false)
  return await Promise.race([answered, sleep(lately.patienceMs, false, { signal: late.signal }).catch(() => false)]).finally(() => late.abort())
}
