import { setTimeout as sleep } from 'node:timers/promises'
import { Api } from 'telegram'
import { BotRefused } from '../../errors.js'
import type { BotId, BoxId, ChatId, OwnState, UpdateStates } from '../../media.js'
import { meaningOf } from '../errors.js'
import type { Inbox } from '../inbox.js'
import type { Log } from '../log.js'
import type { Peers } from '../peers.js'
import { backoff, type Timing } from '../timing.js'
import { readUpdates } from '../updates.js'
import { askChannel, askOwn, readChannel, readOwn, walkOwn } from './difference.js'
import { type ChannelPlace, createFollower, type Follower, type Step } from './follower.js'

/** How many channels are asked at once. */
const askedAtOnce = 3

export interface UpdateManagerOptions {
  readonly botId: BotId
  readonly peers: Peers
  readonly inbox: Pick<Inbox, 'add' | 'isFull'>
  readonly timing: Timing
  readonly log: Log
  /** Up to where everything is stored. */
  load (): Promise<UpdateStates>
  /** Calls Telegram over the login, waiting for it if need be. */
  call<R extends Api.AnyRequest> (request: R, signal: AbortSignal): Promise<R['__response']>
}

/** Sees to it that one bot gets everything that Telegram has for it: core.telegram.org/api/updates */
export interface UpdateManager {
  /**
   * The bot has logged in, and `state` is Telegram's: where nothing is stored yet, the bot begins there. `lost` resolves when
   * the connection is over. What happened while it was away is fetched.
   */
  online (state: OwnState, lost: Promise<unknown>): void
  /** Takes what came over the connection, pushed or as an answer; what is no update is passed over. */
  take (update: unknown): void
  /** Something may have been missed, although the connection holds: a new session, or a message that could not be read. */
  doubt (): void
  /** There is room in the inbox again. */
  resume (): void
  /** What is stored is not what was handed on: begins again from there. */
  reload (): void
}

/** Makes the update manager of one bot. Ends with `signal`. */
export function createUpdateManager (options: UpdateManagerOptions, signal: AbortSignal): UpdateManager {
  const { botId, peers, inbox, timing, log } = options
  const asking = new Set<BoxId>()
  let follower: Follower | null = null
  let first: OwnState | null = null
  let connection: Promise<unknown> | null = null
  let timer: NodeJS.Timeout | undefined
  const waitingForRoom = new Set<() => void>()
  const poll = setInterval(() => { follower?.doubtOwn(); pump() }, timing.stateMs).unref()
  signal.addEventListener('abort', () => { clearInterval(poll); clearTimeout(timer) }, { once: true })

  /** Reads what is stored and follows on from there. */
  async function start (base: OwnState): Promise<void> {
    const { own, channels } = await patiently('its update state could not be read', options.load)
    // Messages that came before the first log-in were for somebody else.
    if (own === null) hand([{ messages: [], deletions: [], progress: { kind: 'began', box: 'own', to: base } }])
    follower = createFollower(own ?? base, channels, timing.gapMs)
    follower.doubtAll()
    pump()
  }

  function hand (steps: readonly Step[]): void {
    for (const step of steps) inbox.add({ botId, ...step })
  }

  /** Asks for every difference that is due, and comes back when the next one will be. */
  function pump (): void {
    clearTimeout(timer)
    // While the inbox is full everything stays with Telegram.
    if (follower === null || connection === null || inbox.isFull() || signal.aborted) return
    const now = performance.now()
    for (const box of follower.due(now)) if (box === 'own' || asking.size < askedAtOnce) ask(follower, box)
    const dueAt = follower.nextDueAt()
    if (dueAt !== null && dueAt > now) timer = setTimeout(pump, dueAt - now).unref()
  }

  function ask (current: Follower, box: BoxId): void {
    current.begin(box)
    asking.add(box)
    const asked = box === 'own' ? fetchOwn(current) : fetchChannel(current, box)
    asked.catch(failed).finally(() => {
      asking.delete(box)
      pump()
    })
  }

  /** Something came that nobody foresaw: begins again from what is stored. */
  function failed (error: unknown): void {
    if (signal.aborted || error instanceof BotRefused) return
    log.error({ botId, err: error }, 'the updates of a bot could not be followed; it begins again')
    setTimeout(reload, timing.backoffMaxMs).unref()
  }

  function reload (): void {
    follower = null
    if (first !== null && !signal.aborted) launch(first)
  }

  async function fetchOwn (current: Follower): Promise<void> {
    for (;;) {
      const answer = await patiently('its updates could not be fetched', () => options.call(askOwn(current.own()), signal), isStateRefused)
      if (current !== follower) return
      const read = answer === null ? null : readOwn(answer, current.own())
      if (read?.kind !== 'part') {
        await resetOwn(current, read)
        continue
      }
      peers.remember(read.users)
      const before = current.own().pts
      hand(current.settleOwn(read.part, performance.now()))
      if (read.part.isWhole) return
      await beforeNext(read.part.to.pts !== before)
    }
  }

  /** Telegram keeps no difference any more, or does not take the state: the box is read message by message, and goes on from now. */
  async function resetOwn (current: Follower, tooLong: { readonly pts: number } | null): Promise<void> {
    log.warn({ botId }, 'Telegram keeps no updates from so long ago: private and group messages are looked for one by one')
    const state = await patiently('its state could not be fetched', () => options.call(new Api.updates.GetState(), signal))
    const found = await patiently('its messages could not be fetched', () => walkOwn(current.own().lastMessageId, request => options.call(request, signal)))
    if (current !== follower) return
    peers.remember(found.users)
    const { qts, seq, date } = state
    hand(current.resetOwn({ pts: tooLong?.pts ?? state.pts, qts, seq, date }, found.content))
  }

  async function fetchChannel (current: Follower, chatId: ChatId): Promise<void> {
    for (;;) {
      const place = current.channel(chatId)
      const answer = await askOne(chatId, place)
      if (current !== follower) return
      if (answer === null && (place.pts === null || !await isOpen(chatId))) return hand(current.close(chatId))
      if (answer === null) {
        current.forget(chatId)
        continue
      }
      const { part, users } = readChannel(answer, chatId, place)
      peers.remember(users)
      if (part.missing) log.warn({ botId, chatId, ...part.missing }, 'Telegram keeps no updates of this chat from so long ago: its messages will be walked through')
      hand(current.settleChannel(chatId, part, performance.now()))
      if (part.isWhole) return
      await beforeNext(part.pts !== place.pts)
    }
  }

  /** Before the next part of a difference: until there is room for it, and not at once where the last one led nowhere. */
  async function beforeNext (isAhead: boolean): Promise<void> {
    if (!isAhead) await sleep(timing.backoffMs, undefined, { signal })
    while (inbox.isFull()) await new Promise<void>(resolve => { waitingForRoom.add(resolve) })
  }

  /** `null`: Telegram does not take the state, or the bot has no access any more. */
  async function askOne (chatId: ChatId, place: ChannelPlace): Promise<Api.updates.TypeChannelDifference | null> {
    const request = askChannel(peers.inputChannel(chatId), place)
    return await patiently('a channel could not be asked', () => options.call(request, signal), error => isStateRefused(error) || meaningOf(error).kind === 'no-access')
  }

  /** Whether the bot still has access to a channel whose difference it was refused. */
  async function isOpen (chatId: ChatId): Promise<boolean> {
    const id = [new Api.InputMessageID({ id: 1 })]
    const answer = await patiently('a channel could not be asked', () => options.call(new Api.channels.GetMessages({ channel: peers.inputChannel(chatId), id }), signal), error => meaningOf(error).kind === 'no-access')
    return answer !== null
  }

  /** Does it again until it succeeds, waiting as long as Telegram asks; `null` where `isAnswer` says that the error is one. */
  async function patiently<T> (what: string, work: () => Promise<T>, isAnswer: (error: unknown) => boolean): Promise<T | null>
  async function patiently<T> (what: string, work: () => Promise<T>): Promise<T>
  async function patiently<T> (what: string, work: () => Promise<T>, isAnswer: (error: unknown) => boolean = () => false): Promise<T | null> {
    for (let failures = 1; ; failures++) {
      try {
        return await work()
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof BotRefused) throw error
        if (isAnswer(error)) return null
        const meaning = meaningOf(error)
        log.debug({ botId, reason: meaning.reason }, `${what}; it is tried again`)
        await sleep(meaning.kind === 'wait' ? meaning.seconds * 1_000 : backoff(failures, timing), undefined, { signal })
      }
    }
  }

  function launch (base: OwnState): void {
    start(base).catch(failed)
  }

  return {
    online: (state, lost) => {
      connection = lost
      lost.finally(() => { if (connection === lost) connection = null }).catch(() => {})
      const isFirst = first === null
      first ??= state
      if (isFirst) return launch(first)
      follower?.doubtAll()
      pump()
    },
    take: update => {
      const packet = readUpdates(update)
      if (packet === null) return
      peers.remember(packet.users)
      if (follower === null || inbox.isFull()) return
      hand(follower.take(packet, performance.now()))
      pump()
    },
    doubt: () => {
      // Whatever was missed before the log-in is fetched after it.
      if (connection === null) return
      follower?.doubtAll()
      pump()
    },
    resume: () => {
      for (const go of waitingForRoom) go()
      waitingForRoom.clear()
      follower?.doubtAll()
      pump()
    },
    reload
  }
}

/** PERSISTENT_TIMESTAMP_INVALID, _EMPTY: the state is none of Telegram's. _OUTDATED is Telegram's own trouble and passes. */
function isStateRefused (error: unknown): boolean {
  const { kind, reason } = meaningOf(error)
  return kind === 'bad-request' && reason.startsWith('PERSISTENT_TIMESTAMP_')
}
