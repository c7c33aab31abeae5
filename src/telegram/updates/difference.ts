import { Api } from 'telegram'
import type { ChatId, MessageRange, OwnState } from '../../media.js'
import { packetOf, readMessage } from '../updates.js'
import { type Content, joinContents, nothing } from './content.js'
import type { ChannelPart, ChannelPlace, OwnPart } from './follower.js'

/** What Telegram answers to the question for the own box. `too-long`: it keeps nothing from before `pts` any more. */
export type OwnAnswer =
  | { readonly kind: 'part', readonly part: OwnPart, readonly users: readonly Api.TypeUser[] }
  | { readonly kind: 'too-long', readonly pts: number }

/** What Telegram answers to the question for a channel. */
export interface ChannelAnswer {
  readonly part: ChannelPart
  readonly users: readonly Api.TypeUser[]
}

/** The events asked for at once where something is known of the channel, and where nothing is: then there may be no end of it. */
const eventsAtOnce = 500
const eventsAtFirst = 100

/** core.telegram.org/method/updates.getDifference, without `pts_total_limit`: who does not limit it gets everything, at most `limit` events at once. */
export function askOwn ({ pts, qts, date }: OwnState, limit: number | null): Api.updates.GetDifference {
  return new Api.updates.GetDifference({ pts, qts, date, ...limit !== null && { ptsLimit: limit } })
}

/** core.telegram.org/method/updates.getChannelDifference. A channel of which nothing is known is asked from its first event, as TDLib does. */
export function askChannel (channel: Api.TypeInputChannel, { pts }: ChannelPlace, limit: number | null): Api.updates.GetChannelDifference {
  const most = pts === null ? eventsAtFirst : eventsAtOnce
  return new Api.updates.GetChannelDifference({
    force: true, channel, filter: new Api.ChannelMessagesFilterEmpty(), pts: pts ?? 1, limit: Math.min(limit ?? most, most)
  })
}

/** Reads the answer for somebody who stands at `local`. */
export function readOwn (answer: Api.updates.TypeDifference, local: OwnState): OwnAnswer {
  if (answer instanceof Api.updates.DifferenceTooLong) return { kind: 'too-long', pts: answer.pts }
  if (answer instanceof Api.updates.DifferenceEmpty) {
    const to = { pts: local.pts, qts: local.qts, seq: answer.seq, date: answer.date }
    return { kind: 'part', users: [], part: { content: nothing, to, isWhole: true, rest: packetOf([], {}) } }
  }
  const isWhole = answer instanceof Api.updates.Difference
  const { pts, qts, seq, date } = isWhole ? answer.state : answer.intermediateState
  const { changes, doubted } = packetOf(answer.otherUpdates, {})
  const content = joinContents([...answer.newMessages.map(message => readMessage('new', message)), ...changes.filter(({ box }) => box === 'own').map(change => change.content)])
  const rest = { ...packetOf([], {}), changes: changes.filter(({ box }) => box !== 'own'), doubted }
  return { kind: 'part', users: answer.users, part: { content, to: { pts, qts, seq, date }, isWhole, rest } }
}

/** Reads the answer for somebody who stands at `place`. */
export function readChannel (answer: Api.updates.TypeChannelDifference, chatId: ChatId, place: ChannelPlace): ChannelAnswer {
  if (answer instanceof Api.updates.ChannelDifferenceEmpty) return { users: [], part: { content: nothing, pts: answer.pts, isWhole: isFinal(answer) } }
  if (answer instanceof Api.updates.ChannelDifferenceTooLong) return readTooLong(answer, place)
  const { changes } = packetOf(answer.otherUpdates, {})
  const content = joinContents([...answer.newMessages.map(message => readMessage('new', message)), ...changes.filter(({ box }) => box === chatId).map(change => change.content)])
  return { users: answer.users, part: { content, pts: answer.pts, isWhole: isFinal(answer) } }
}

/** The newest messages are given, and what lies between them and the last one seen is missing: core.telegram.org/api/updates#recovering-gaps */
function readTooLong (answer: Api.updates.ChannelDifferenceTooLong, { lastMessageId }: ChannelPlace): ChannelAnswer {
  const { dialog, messages, users } = answer
  const isNew = (message: Api.TypeMessage) => message.id > lastMessageId
  const content = joinContents(messages.map(message => readMessage(isNew(message) ? 'new' : 'edited', message)))
  const topMessage = dialog instanceof Api.Dialog ? dialog.topMessage : 0
  const missing = missingBelow(messages.filter(isNew).reduce((lowest, { id }) => Math.min(lowest, id), topMessage + 1), lastMessageId)
  const pts = dialog instanceof Api.Dialog ? dialog.pts ?? 1 : 1
  return { users, part: { content: { ...content, lastMessageId: Math.max(content.lastMessageId, topMessage) }, pts, isWhole: isFinal(answer), ...(missing && { missing }) } }
}

function missingBelow (firstGiven: number, lastMessageId: number): MessageRange | null {
  return firstGiven > lastMessageId + 1 ? { from: lastMessageId + 1, to: firstGiven - 1 } : null
}

function isFinal ({ final }: { readonly final?: boolean }): boolean {
  return final === true
}

/** As many ids as bots may ask for at once. */
export const idsAtOnce = 100

/** The ids from `first` on that may be asked for at once. */
export function idsFrom (first: number): number[] {
  return Array.from({ length: idsAtOnce }, (_, index) => first + index)
}

/** Asks for messages of the own box. */
export function askMessages (ids: readonly number[]): Api.messages.GetMessages {
  return new Api.messages.GetMessages({ id: ids.map(id => new Api.InputMessageID({ id })) })
}

/** Reads the answer, message by message; what was deleted or never existed is left out. */
export function readMessages (answer: Api.messages.TypeMessages): { contents: readonly Content[], users: readonly Api.TypeUser[] } {
  if (answer instanceof Api.messages.MessagesNotModified) return { contents: [], users: [] }
  const present = answer.messages.filter(message => !(message instanceof Api.MessageEmpty))
  return { contents: present.map(message => readMessage('new', message)), users: answer.users }
}
