import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { toLong } from '../tl/long.js'
import { renderUser } from '../tl/users.js'
import { createView } from '../tl/view.js'
import type { Account } from '../world/accounts.js'
import { isIn } from '../world/chats.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { resolveUser } from './peers.js'

/** `users.*` and `contacts.resolveUsername`. */
export const userMethods: readonly Method[] = [
  method(Api.users.GetUsers, ({ id }, caller) => id.map(input => renderUser(caller.world, caller.account, resolveUser(caller, input)))),
  method(Api.users.GetFullUser, ({ id }, caller) => fullUser(caller, resolveUser(caller, id))),
  method(Api.contacts.ResolveUsername, ({ username }, caller) => resolveUsername(caller, username))
]

function fullUser ({ world, account }: Caller, user: Account): Api.users.UserFull {
  const view = createView(world, account)
  view.peer(user)
  const common = [...world.groups.values(), ...world.channels.values()].filter(chat => isIn(chat, user) && isIn(chat, account))
  const fullUser = new Api.UserFull({
    id: toLong(user.id),
    settings: new Api.PeerSettings({}),
    notifySettings: new Api.PeerNotifySettings({}),
    commonChatsCount: common.length,
    blocked: account.blocked.has(user.id),
    ...(user.bot === null ? {} : { botInfo: new Api.BotInfo({ userId: toLong(user.id) }) })
  })
  return new Api.users.UserFull({ fullUser, users: view.users(), chats: view.chats() })
}

/** Whoever has the name becomes known to the caller. */
function resolveUsername ({ world, account }: Caller, username: string): Api.contacts.ResolvedPeer {
  refuseIf(!/^[a-z]\w{3,31}$/i.test(username), 'USERNAME_INVALID')
  const found = world.usernames.get(username.toLowerCase())
  if (found === undefined) throw new RpcError(400, 'USERNAME_NOT_OCCUPIED')
  const view = createView(world, account)
  const peer = view.peer(found)
  return new Api.contacts.ResolvedPeer({ peer, users: view.users(), chats: view.chats() })
}
