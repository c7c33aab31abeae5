import { Api } from 'telegram'
import type { Account } from '../world/accounts.js'
import { accessHash } from '../world/references.js'
import type { World } from '../world/world.js'
import { toLong } from './long.js'

/** `user` as `account` sees it. */
export function renderUser (world: World, account: Account, user: Account): Api.User {
  return new Api.User({
    id: toLong(user.id),
    accessHash: toLong(accessHash(world, account, 'account', user.id)),
    self: user === account,
    firstName: user.firstName,
    ...(user.username === null ? {} : { username: user.username }),
    ...(user.bot === null ? {} : { bot: true, botInfoVersion: 1, botChatHistory: !user.bot.privacy, deleted: user.bot.deactivated })
  })
}
