import { Api } from 'telegram'
import { toLong } from '../tl/long.js'
import { renderAccountEvent } from '../tl/updates.js'
import { createView, type View } from '../tl/view.js'
import type { Account } from '../world/accounts.js'
import { eventsAfter } from '../world/boxes.js'
import { type Channel, isIn } from '../world/chats.js'
import type { AccountEvent, BoxEvent } from '../world/events.js'
import { unixTime, type World } from '../world/world.js'
import { boxContent, checkPts } from './box-content.js'
import { channelDifference } from './channel-difference.js'
import { type Caller, method, type Method, refuseIf } from './method.js'

/** `updates.*`: what an account missed. */
export const updateMethods: readonly Method[] = [
  method(Api.updates.GetState, (_, { world, account }) => stateOf(world, account)),
  method(Api.updates.GetDifference, difference),
  method(Api.updates.GetChannelDifference, channelDifference)
]

/** The account's counters now; `pts` those of a slice. */
function stateOf (world: World, account: Account, pts = account.box.pts): Api.updates.State {
  return new Api.updates.State({ pts, qts: account.qts, date: unixTime(world), seq: account.seq, unreadCount: 0 })
}

function difference (request: Api.updates.GetDifference, { world, account }: Caller): Api.updates.TypeDifference {
  checkState(request, account)
  const missed = eventsAfter(account.box, request.pts, Infinity)
  const tooMany = typeof request.ptsTotalLimit === 'number' && (missed?.length ?? 0) > request.ptsTotalLimit
  if (missed === null || tooMany) return new Api.updates.DifferenceTooLong({ pts: account.box.pts })
  const limit = Math.min(world.settings.differenceLimit, request.ptsLimit ?? Infinity)
  const others = otherEvents(account, request)
  const channels = channelsBehind(world, account, request.date)
  if (missed.length + others.length + channels.length === 0) return new Api.updates.DifferenceEmpty({ date: unixTime(world), seq: account.seq })
  return missed.length > limit ? slice(world, account, missed.slice(0, limit), request) : whole(world, account, missed, others, channels)
}

function checkState ({ pts, date, qts, ptsLimit, ptsTotalLimit }: Api.updates.GetDifference, account: Account): void {
  refuseIf(date <= 0, 'DATE_EMPTY')
  checkPts(account.box, pts)
  refuseIf(qts < 0 || qts > account.qts, 'PERSISTENT_TIMESTAMP_INVALID')
  refuseIf((ptsLimit ?? 1) <= 0 || (ptsTotalLimit ?? 1) <= 0, 'LIMIT_INVALID')
}

function slice (world: World, account: Account, missed: readonly BoxEvent[], { qts }: Api.updates.GetDifference): Api.updates.DifferenceSlice {
  const view = createView(world, account)
  const content = boxContent(view, account.box, missed)
  const reached = missed.at(-1)?.pts ?? account.box.pts
  const intermediateState = new Api.updates.State({ pts: reached, qts, date: missed.at(-1)?.date ?? unixTime(world), seq: account.seq, unreadCount: 0 })
  return new Api.updates.DifferenceSlice({ ...content, newEncryptedMessages: [], users: view.users(), chats: view.chats(), intermediateState })
}

function whole (world: World, account: Account, missed: readonly BoxEvent[], others: readonly AccountEvent[], channels: readonly Channel[]): Api.updates.Difference {
  const view = createView(world, account)
  const { newMessages, otherUpdates } = boxContent(view, account.box, missed)
  const told = others.map(event => renderAccountEvent(view, event))
  const tooLong = channels.map(channel => channelBehind(view, channel))
  return new Api.updates.Difference({
    newMessages,
    newEncryptedMessages: [],
    otherUpdates: [...otherUpdates, ...told, ...tooLong],
    users: view.users(),
    chats: view.chats(),
    state: stateOf(world, account)
  })
}

function channelBehind (view: View, channel: Channel): Api.UpdateChannelTooLong {
  view.peer(channel)
  return new Api.UpdateChannelTooLong({ channelId: toLong(channel.id), pts: channel.box.pts })
}

/** Events with `qts` by that; those with `seq` by their second, because `seq` is not asked with: one may come twice. */
function otherEvents (account: Account, { qts, date }: Api.updates.GetDifference): AccountEvent[] {
  return account.others.filter(event => 'qts' in event ? event.qts > qts : event.kind === 'chat' && event.date >= date)
}

/** Channels in which something happened since `date`, that second included: their members ask them one by one. */
function channelsBehind (world: World, account: Account, date: number): Channel[] {
  return [...world.channels.values()].filter(channel => isIn(channel, account) && (channel.box.events.at(-1)?.date ?? 0) >= date)
}
