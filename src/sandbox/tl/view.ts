import { Api } from 'telegram'
import type { Account } from '../world/accounts.js'
import { type Channel, type Chat, type Group, otherSide, peerKey } from '../world/chats.js'
import type { World } from '../world/world.js'
import { renderChat } from './chats.js'
import { toLong } from './long.js'
import { renderUser } from './users.js'

/**
 * What one account is being told: remembers everybody who is named, for the `users` and `chats` that go along.
 * Whoever is named becomes known to the account.
 */
export interface View {
  readonly world: World
  readonly account: Account
  peer (of: Account | Group | Channel): Api.TypePeer
  users (): Api.TypeUser[]
  chats (): Api.TypeChat[]
}

/** A view in which nobody has been named yet. */
export function createView (world: World, account: Account): View {
  const users = new Set<Account>()
  const chats = new Set<Group | Channel>()
  const peer: View['peer'] = of => {
    account.known.add(peerKey(of))
    if (of.kind === 'account') users.add(of)
    else chats.add(of)
    return toPeer(of)
  }
  return {
    world,
    account,
    peer,
    users: () => [...users].map(user => renderUser(world, account, user)),
    chats: () => [...chats].map(chat => renderChat(world, account, chat))
  }
}

/** The chat that a message stands in, as the view's account names it. */
export function chatPeer (view: View, chat: Chat): Api.TypePeer {
  return view.peer(chat.kind === 'private' ? otherSide(chat, view.account) : chat)
}

function toPeer (of: Account | Group | Channel): Api.TypePeer {
  switch (of.kind) {
    case 'account': return new Api.PeerUser({ userId: toLong(of.id) })
    case 'group': return new Api.PeerChat({ chatId: toLong(of.id) })
    case 'channel': return new Api.PeerChannel({ channelId: toLong(of.id) })
  }
}
