import { Api } from 'telegram'
import type { ChatId } from '../../media.js'
import { meaningOf } from '../errors.js'
import { inHalves, readable } from '../unreadable.js'
import { packetOf } from '../updates.js'
import { type Content, nothing } from './content.js'
import { askMessages, type ChannelAnswer, idsAtOnce, idsFrom, type OwnAnswer, readMessages } from './difference.js'
import type { FetchOptions } from './fetch.js'
import type { ChannelPlace, Follower, OwnPart } from './follower.js'

/** How to get past what GramJS cannot read, because it is of a newer layer. */
export function createPassOver ({ botId, peers, log, patience, turn, call, hand, isCurrent }: FetchOptions) {
  const told = new Set<string>()

  function tell (box: string, facts: object, message: string): void {
    log[told.has(box) ? 'debug' : 'warn']({ botId, ...facts }, `something is of a newer layer than GramJS knows: ${message}`)
    told.add(box)
  }

  /** What messages of the own box say, as far as it can be read: in the order of their ids, several at once. */
  async function * messages (ids: readonly number[]): AsyncGenerator<readonly Content[]> {
    const ask = (some: readonly number[]) => patience.until('messages could not be fetched', () => readable(call(askMessages(some))))
    for await (const { ids: [messageId = 0], answer } of inHalves(ids, ask)) {
      if (answer === null) {
        tell('own', { messageId }, 'such private and group messages are stepped over')
        yield [{ ...nothing, lastMessageId: messageId }]
      } else {
        const { contents, users } = readMessages(answer)
        peers.remember(users)
        yield contents
      }
    }
  }

  async function firstOf (ids: readonly number[]): Promise<Content> {
    for await (const [first] of messages(ids)) if (first !== undefined) return first
    return nothing
  }

  /**
   * Beyond the one event of the own box that could not be read. Its message is looked for by its id, since Telegram may have given more than that one.
   * Where nothing happened in the box, it is all that happened elsewhere that cannot be read: then things go on from now.
   */
  async function own (follower: Follower): Promise<OwnAnswer> {
    const { pts, qts, seq, date, lastMessageId } = follower.own()
    const now = await patience.until('the state could not be fetched', () => call(new Api.updates.GetState()))
    const found = await firstOf(idsFrom(lastMessageId + 1))
    if (isCurrent(follower)) hand(follower.foundOwn(found))
    const content = { ...nothing, lastMessageId: found.lastMessageId }
    if (now.pts > pts) {
      tell('own', { pts: pts + 1 }, 'such private and group messages are stepped over')
      return partTo({ pts: pts + 1, qts, seq, date }, content, false)
    }
    log.warn({ botId, date }, 'what happened since then is of a newer layer than GramJS knows: of a channel that took the bot in since, it hears with the next post')
    follower.doubtChannels()
    return partTo({ pts: now.pts, qts: now.qts, seq: now.seq, date: now.date }, content, true)
  }

  /** Beyond the one event of a channel that could not be read. The messages there are to be walked through, since Telegram may have given more than that one. */
  async function channel (chatId: ChatId, { pts: known, lastMessageId }: ChannelPlace): Promise<ChannelAnswer | null> {
    const pts = known ?? 1
    const now = await ptsOf(chatId)
    if (now === null) return null
    if (now <= pts) return { users: [], part: { content: nothing, pts, isWhole: true } }
    tell(chatId, { chatId, pts: pts + 1 }, 'such messages of this chat are stepped over')
    const missing = { from: lastMessageId + 1, to: lastMessageId + idsAtOnce }
    return { users: [], part: { content: nothing, pts: pts + 1, isWhole: false, missing } }
  }

  /** The counter of a channel as Telegram has it; `null` where the bot has no access any more. */
  async function ptsOf (chatId: ChatId): Promise<number | null> {
    const request = new Api.channels.GetMessages({ channel: peers.inputChannel(chatId), id: [new Api.InputMessageID({ id: 1 })] })
    const answer = await patience.until('a channel could not be asked', () => call(request), { chatId, turn, isAnswer: isShut })
    if (answer === null) return null
    return answer instanceof Api.messages.ChannelMessages ? answer.pts : 0
  }

  return { own, channel, messages, ptsOf }
}

/** Whether the bot has no access to what it asked for. */
export function isShut (error: unknown): boolean {
  return meaningOf(error).kind === 'no-access'
}

function partTo (to: OwnPart['to'], content: Content, isWhole: boolean): OwnAnswer {
  return { kind: 'part', users: [], part: { content, to, isWhole, rest: packetOf([], {}) } }
}
