import { Api } from 'telegram'
import type { BotId, ChatId } from '../../media.js'
import { meaningOf } from '../errors.js'
import type { Log } from '../log.js'
import type { Peers } from '../peers.js'
import { readable, unreadable } from '../unreadable.js'
import { joinContents } from './content.js'
import { askChannel, askOwn, type ChannelAnswer, idsAtOnce, idsFrom, type OwnAnswer, readChannel, readOwn } from './difference.js'
import type { ChannelPlace, Follower, Step } from './follower.js'
import { createPassOver, isShut } from './pass-over.js'
import type { Patience, Turn } from './patience.js'
import { type AskNext, inPortions } from './portion.js'

export interface FetchOptions {
  readonly botId: BotId
  readonly peers: Peers
  readonly log: Log
  readonly patience: Patience
  /** The place that the difference of a channel has among others; who fetches one has it. */
  readonly turn: Turn
  /** Calls Telegram over the login, waiting for it if need be. */
  call<R extends Api.AnyRequest> (request: R): Promise<R['__response']>
  hand (steps: readonly Step[]): void
  /** Whether it still is this follower that counts. */
  isCurrent (follower: Follower): boolean
  /** Waits; rejects when everything ends. */
  pause (ms: number): Promise<void>
  /** Waits until a further part of a difference may come; `isAhead`: the last one led somewhere. */
  beforeNext (isAhead: boolean): Promise<void>
}

/** How long to wait between two steps through the own box, in ms: nobody says how many messages a bot may ask for. */
const stepPauseMs = 200

/** Fetches differences to their end, slice after slice, for as long as the follower counts. They reject with BotRefused only. */
export function createFetch (options: FetchOptions) {
  const { botId, peers, log, patience, turn, call, hand, isCurrent, pause, beforeNext } = options
  const passOver = createPassOver(options)
  const portions = () => inPortions(() => beforeNext(false))

  /** `null`: Telegram does not take the state. */
  async function askForOwn (follower: Follower, askNext: AskNext): Promise<OwnAnswer | null> {
    const answer = await askNext(limit => patience.until('updates could not be fetched', () => readable(call(askOwn(follower.own(), limit))), { isAnswer: isStateRefused }))
    if (answer === unreadable) return await passOver.own(follower)
    return answer === null ? null : readOwn(answer, follower.own())
  }

  async function own (follower: Follower): Promise<void> {
    const askNext = portions()
    for (let isWhole = false; !isWhole;) {
      const before = follower.own().pts
      const answer = await askForOwn(follower, askNext)
      if (!isCurrent(follower)) return
      if (answer?.kind === 'part') {
        peers.remember(answer.users)
        hand(follower.settleOwn(answer.part, performance.now()))
        isWhole = answer.part.isWhole
      } else await resetOwn(follower, answer)
      if (!isWhole) await beforeNext(follower.own().pts !== before)
    }
  }

  /** Telegram keeps no difference any more, or does not take the state: the box is read message by message, and goes on from now. */
  async function resetOwn (follower: Follower, tooLong: { readonly pts: number } | null): Promise<void> {
    log.warn({ botId }, 'Telegram keeps no updates from so long ago: private and group messages are looked for one by one')
    const { pts, qts, seq, date } = await patience.until('the state could not be fetched', () => call(new Api.updates.GetState()))
    await walkOwn(follower, pts)
    if (!isCurrent(follower)) return
    // By the date Telegram goes on to tell in which channels something happened since: one that took the bot in meanwhile is known by nothing else.
    hand(follower.resetOwn(tooLong === null ? { pts, qts, seq, date } : { pts: tooLong.pts, qts, seq, date: follower.own().date }))
  }

  /**
   * Reads the own box from the last message that is known. Each message makes `pts` rise, so no id lies above it; that ids are
   * missing says nothing, since a whole chat may have been deleted. Each step is handed on, and is not made again after a crash.
   */
  async function walkOwn (follower: Follower, pts: number): Promise<void> {
    for (let first = follower.own().lastMessageId + 1; first <= pts && isCurrent(follower); first += idsAtOnce) {
      for await (const contents of passOver.messages(idsFrom(first))) {
        if (!isCurrent(follower)) return
        hand(follower.foundOwn(joinContents(contents)))
      }
      if (first + idsAtOnce <= pts) await pause(stepPauseMs)
      await beforeNext(true)
    }
  }

  async function channel (follower: Follower, chatId: ChatId): Promise<void> {
    const askNext = portions()
    for (let isWhole = false; !isWhole;) {
      const place = follower.channel(chatId)
      const answer = await askForChannel(chatId, place, askNext)
      if (!isCurrent(follower)) return
      if (answer === null && (place.pts === null || await passOver.ptsOf(chatId) === null)) return hand(follower.close(chatId))
      if (answer === null) {
        follower.forget(chatId)
        continue
      }
      peers.remember(answer.users)
      hand(follower.settleChannel(chatId, answer.part, performance.now()))
      isWhole = answer.part.isWhole
      if (!isWhole) await beforeNext(answer.part.pts !== place.pts)
    }
  }

  /** `null`: Telegram does not take the state, or the bot has no access any more. */
  async function askForChannel (chatId: ChatId, place: ChannelPlace, askNext: AskNext): Promise<ChannelAnswer | null> {
    const isAnswer = (error: unknown) => isStateRefused(error) || isShut(error)
    const request = (limit: number | null) => askChannel(peers.inputChannel(chatId), place, limit)
    const answer = await askNext(limit => patience.until('a channel could not be asked', () => readable(call(request(limit))), { chatId, turn, isAnswer }))
    if (answer === unreadable) return await passOver.channel(chatId, place)
    return answer === null ? null : readIn(chatId, answer, place)
  }

  function readIn (chatId: ChatId, answer: Api.updates.TypeChannelDifference, place: ChannelPlace): ChannelAnswer {
    const { part, users } = readChannel(answer, chatId, place)
    if (part.missing && place.pts !== null) log.warn({ botId, chatId, ...part.missing }, 'Telegram keeps no updates of this chat from so long ago: its messages will be walked through')
    return { part, users }
  }

  return { own, channel }
}

/** PERSISTENT_TIMESTAMP_INVALID, _EMPTY: the state is none of Telegram's. _OUTDATED is Telegram's own trouble and passes. */
function isStateRefused (error: unknown): boolean {
  const { kind, reason } = meaningOf(error)
  return kind === 'bad-request' && reason.startsWith('PERSISTENT_TIMESTAMP_')
}
