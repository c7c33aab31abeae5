import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from 'telegram'
import { BotRefused } from '../../errors.js'
import type { BotId, BoxId, OwnState, UpdateStates } from '../../media.js'
import type { Inbox } from '../inbox.js'
import type { Log } from '../log.js'
import type { Peers } from '../peers.js'
import type { Timing } from '../timing.js'
import { readUpdates } from '../updates.js'
import { createFetch } from './fetch.js'
import { createFollower, type Follower, type Step } from './follower.js'
import { createPatience } from './patience.js'
import { createSlots } from './slots.js'

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
  const patience = createPatience(options, signal)
  const slots = createSlots(askedAtOnce, () => pump())
  const fetch = createFetch({
    botId,
    peers,
    log,
    patience,
    turn: slots,
    hand,
    beforeNext,
    call: request => options.call(request, signal),
    isCurrent: one => one === follower,
    pause: async ms => { await sleep(ms, undefined, { signal }) }
  })
  let follower: Follower | null = null
  let first: OwnState | null = null
  let connection: Promise<unknown> | null = null
  let timer: NodeJS.Timeout | undefined
  const waitingForRoom = new Set<() => void>()
  const poll = setInterval(() => { follower?.doubtOwn(); pump() }, timing.stateMs).unref()
  signal.addEventListener('abort', () => { clearInterval(poll); clearTimeout(timer) }, { once: true })

  /** Reads what is stored and follows on from there. */
  async function start (base: OwnState): Promise<void> {
    const { own, channels } = await patience.until('an update state could not be read', options.load)
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
    for (const box of follower.due(now)) if (box === 'own' || slots.tryTake()) ask(follower, box)
    const dueAt = follower.nextDueAt()
    if (dueAt !== null && dueAt > now) timer = setTimeout(pump, dueAt - now).unref()
  }

  function ask (current: Follower, box: BoxId): void {
    current.begin(box)
    const asked = box === 'own' ? fetch.own(current) : fetch.channel(current, box)
    asked.catch(failed).finally(() => box === 'own' ? pump() : slots.leave())
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

  /** Before the next part of a difference: until there is room for it, and not at once where the last one led nowhere. */
  async function beforeNext (isAhead: boolean): Promise<void> {
    if (!isAhead) await sleep(timing.backoffMs, undefined, { signal })
    while (inbox.isFull()) await new Promise<void>(resolve => { waitingForRoom.add(resolve) })
  }

  function launch (base: OwnState): void {
    start(base).catch(failed)
  }

  return {
    online: (state, lost) => {
      connection = lost
      patience.wake()
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
