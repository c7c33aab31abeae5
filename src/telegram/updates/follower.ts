import type { Batch, BoxId, ChannelState, ChatId, MessageRange, OwnState, Progress } from '../../media.js'
import type { Packet } from '../updates.js'
import { type Box, createBox, type Stretch } from './box.js'
import { type Content, nothing } from './content.js'

/** A batch that does not say yet whose it is. */
export type Step = Omit<Batch, 'botId'>

/** What a difference says about the own box; `to` is the state that it reaches, and `rest` what it says of other boxes. */
export interface OwnPart {
  readonly content: Content
  readonly to: Omit<OwnState, 'lastMessageId'>
  readonly isWhole: boolean
  readonly rest: Packet
}

/** What a difference says about a channel. `missing`: messages that it passes over. */
export interface ChannelPart {
  readonly content: Content
  readonly pts: number
  readonly isWhole: boolean
  readonly missing?: MessageRange
}

/** Up to where a channel is known, as a difference is asked for. `pts` is `null` where nothing is known. */
export interface ChannelPlace {
  readonly pts: number | null
  readonly lastMessageId: number
}

/**
 * Follows everything that Telegram counts for one bot: what arrives goes in, what is certain comes out as steps, which when
 * stored in their order never leave anything out and never claim more than they carry. Knows no time and no network: `now`
 * in ms comes in, and the boxes whose difference is due are asked for.
 */
export interface Follower {
  take (packet: Packet, now: number): Step[]
  /** Something may have been missed anywhere: the bot was away. */
  doubtAll (): void
  /** Something may have been missed outside of channels. */
  doubtOwn (): void
  /** Something may have been missed in channels. */
  doubtChannels (): void
  /** The boxes whose difference is due, in the order in which they should be asked. */
  due (now: number): BoxId[]
  /** When the next one will be due; `null`: none as things are. */
  nextDueAt (): number | null
  /** From now on a difference of this box is under way. */
  begin (box: BoxId): void
  own (): OwnState
  channel (chatId: ChatId): ChannelPlace
  settleOwn (part: OwnPart, now: number): Step[]
  settleChannel (chatId: ChatId, part: ChannelPart, now: number): Step[]
  /** Messages of the own box that were looked for without a difference, in their order. What is older than the state is no news. */
  foundOwn (content: Content): Step[]
  /** Telegram does not take the state of the own box: it stands at `to`. */
  resetOwn (to: Omit<OwnState, 'lastMessageId'>): Step[]
  /** Telegram does not take the state of a channel: it begins again. */
  forget (chatId: ChatId): void
  /** The bot has no access any more. */
  close (chatId: ChatId): Step[]
}

interface Channel {
  readonly box: Box
  lastMessageId: number
  /** What was written earlier, or has no higher id, is no news there. `date` in unix seconds. */
  newsAfter: { readonly date: number, readonly messageId: number }
  isReset: boolean
}

const always = { date: 0, messageId: 0 }

/** Begins where `own` and `channels` say. `gapMs`: how long an update that is out of order may be merely late. */
export function createFollower (own: OwnState, channels: ReadonlyMap<ChatId, ChannelState>, gapMs: number): Follower {
  const counters = { pts: createBox(own.pts), qts: createBox(own.qts), seq: createBox(own.seq) }
  let { date, lastMessageId } = own
  const followed = new Map<ChatId, Channel>()
  for (const [chatId, { pts, lastMessageId }] of channels) {
    followed.set(chatId, { box: createBox(pts), lastMessageId, newsAfter: always, isReset: false })
  }

  function channelFor (chatId: ChatId): Channel {
    const channel = followed.get(chatId) ?? { box: createBox(null), lastMessageId: 0, newsAfter: { date, messageId: 0 }, isReset: false }
    followed.set(chatId, channel)
    return channel
  }

  const stateNow = (): OwnState => ({
    pts: counters.pts.at() ?? 0, qts: counters.qts.at() ?? 0, seq: counters.seq.at() ?? 0, date, lastMessageId
  })

  /**
   * The state as it is to be stored. Telegram names the channels in which something happened since `date`: one that nothing is
   * stored of yet must be named again after a crash, however quiet it is there, so the date waits for it.
   */
  function stateToStore (): OwnState {
    const unknown = [...followed.values()].filter(({ box, isReset }) => box.at() === null && !isReset)
    return { ...stateNow(), date: Math.min(date, ...unknown.map(({ newsAfter }) => newsAfter.date)) }
  }

  function noteOwn (content: Content): number {
    lastMessageId = Math.max(lastMessageId, content.lastMessageId)
    return lastMessageId
  }

  function ownStep ({ from, to: pts, content }: Stretch): Step {
    noteOwn(content)
    return stepOf(content, { kind: 'moved', box: 'own', from, to: { ...stateToStore(), pts } })
  }

  function channelStep (chatId: ChatId, channel: Channel, { from, to: pts, content }: Stretch): Step {
    channel.lastMessageId = Math.max(channel.lastMessageId, content.lastMessageId)
    return stepOf(content, { kind: 'moved', box: chatId, from, to: { pts, lastMessageId: channel.lastMessageId } })
  }

  function takeChange ({ box, ...change }: Packet['changes'][number], now: number): Step[] {
    if (box === 'own') return listed(counters.pts.offer(change, now)).map(ownStep)
    const channel = channelFor(box)
    return listed(channel.box.offer(change, now)).map(stretch => channelStep(box, channel, stretch))
  }

  function take (packet: Packet, now: number): Step[] {
    for (const { chatId, pts } of packet.doubted) doubtChannel(chatId, pts)
    for (const value of packet.qts) counters.qts.offer({ pts: value, count: 1, content: nothing }, now)
    if (packet.seq !== null) counters.seq.offer({ pts: packet.seq.last, count: packet.seq.last - packet.seq.first + 1, content: nothing }, now)
    if (packet.isTooLong) counters.pts.doubt()
    return packet.changes.flatMap(change => takeChange(change, now))
  }

  function doubtChannel (chatId: ChatId, pts: number): void {
    const { box } = channelFor(chatId)
    // Telegram names what was reached; where that is known already, nothing is missing.
    if (pts === 0 || pts > (box.at() ?? 0)) box.doubt(pts)
  }

  const ownDueAt = () => earliest(Object.values(counters).map(box => box.dueAt(gapMs)))

  function settleOwn ({ content, to, isWhole, rest }: OwnPart, now: number): Step[] {
    const from = counters.pts.at() ?? 0
    // Before the date moves: a channel that appears here began after the old one.
    const elsewhere = take(rest, now)
    counters.qts.settle(to.qts, isWhole, now)
    counters.seq.settle(to.seq, isWhole, now)
    const later = counters.pts.settle(to.pts, isWhole, now)
    date = to.date
    noteOwn(content)
    const step = stepOf(content, { kind: 'moved', box: 'own', from, to: { ...stateToStore(), ...countersOf(to) } })
    return [step, ...listed(later).map(ownStep), ...elsewhere]
  }

  function settleChannel (chatId: ChatId, { content, pts, isWhole, missing }: ChannelPart, now: number): Step[] {
    const channel = channelFor(chatId)
    const from = channel.box.at()
    const later = channel.box.settle(pts, isWhole, now)
    const messages = content.messages.map(message => asNews(message, channel.newsAfter))
    channel.lastMessageId = Math.max(channel.lastMessageId, content.lastMessageId)
    const to = { pts, lastMessageId: channel.lastMessageId }
    const passed = missing && { missing }
    const progress: Progress = from === null
      ? { kind: channel.isReset ? 'reset' : 'began', box: chatId, to, ...passed }
      : { kind: 'moved', box: chatId, from, to, ...passed }
    channel.isReset = false
    if (isWhole) channel.newsAfter = always
    const isStep = from !== pts || messages.length + content.deletions.length > 0
    return [...isStep ? [stepOf({ ...content, messages }, progress)] : [], ...listed(later).map(stretch => channelStep(chatId, channel, stretch))]
  }

  function doubtChannels (): void {
    for (const { box } of followed.values()) box.doubt()
  }

  return {
    take,
    doubtAll: () => {
      counters.pts.doubt()
      doubtChannels()
    },
    doubtOwn: () => counters.pts.doubt(),
    doubtChannels,
    due: now => [
      ...isPast(ownDueAt(), now) ? ['own' as const] : [],
      ...[...followed].filter(([, { box }]) => isPast(box.dueAt(gapMs), now)).map(([chatId]) => chatId)
    ],
    nextDueAt: () => earliest([ownDueAt(), ...[...followed.values()].map(({ box }) => box.dueAt(gapMs))]),
    begin: box => {
      const boxes = box === 'own' ? Object.values(counters) : [channelFor(box).box]
      for (const one of boxes) one.begin()
    },
    own: stateNow,
    channel: chatId => {
      const { box, lastMessageId } = channelFor(chatId)
      return { pts: box.at(), lastMessageId }
    },
    settleOwn,
    settleChannel,
    foundOwn: content => {
      const pts = counters.pts.at() ?? 0
      const messages = content.messages.map(message => asNews(message, { date, messageId: 0 }))
      return messages.length === 0 ? [] : [ownStep({ from: pts, to: pts, content: { ...content, messages } })]
    },
    resetOwn: to => {
      date = to.date
      for (const name of ['pts', 'qts', 'seq'] as const) counters[name].settle(to[name], false, 0)
      return [stepOf(nothing, { kind: 'reset', box: 'own', to: stateToStore() })]
    },
    forget: chatId => {
      const channel = channelFor(chatId)
      channel.box.forget()
      Object.assign(channel, { newsAfter: { date: 0, messageId: channel.lastMessageId }, isReset: true })
    },
    close: chatId => {
      followed.delete(chatId)
      return [stepOf(nothing, { kind: 'closed', box: chatId })]
    }
  }
}

function stepOf ({ messages, deletions }: Content, progress: Progress): Step {
  return { messages, deletions, progress }
}

function countersOf ({ pts, qts, seq }: Omit<OwnState, 'lastMessageId'>): Pick<OwnState, 'pts' | 'qts' | 'seq'> {
  return { pts, qts, seq }
}

function asNews<M extends Content['messages'][number]> (message: M, { date, messageId }: Channel['newsAfter']): M {
  const isOld = message.date < date || message.messageId <= messageId
  return message.kind === 'new' && isOld ? { ...message, kind: 'earlier' } : message
}

function isPast (time: number | null, now: number): boolean {
  return time !== null && time <= now
}

function listed<T> (value: T | null | undefined): T[] {
  return value === null || value === undefined ? [] : [value]
}

function earliest (times: ReadonlyArray<number | null>): number | null {
  return times.reduce((first, time) => time !== null && (first === null || time < first) ? time : first, null)
}
