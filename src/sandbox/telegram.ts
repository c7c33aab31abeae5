import type { Account } from './world/accounts.js'
import type { Delivery } from './world/events.js'
import { announce, type World } from './world/world.js'
import type { Network, Session } from './network/types.js'
import { renderPushes } from './tl/updates.js'

/** The world together with the network that carries it. */
export interface Telegram {
  readonly world: World
  readonly network: Network
  /** Keys whose login was taken away by the account's owner. */
  readonly revokedKeys: Set<string>
}

/** Sends what happened to every bot concerned (users never log in), but not to the key of `except`, and tells the world's listeners. */
export function deliver (telegram: Telegram, deliveries: readonly Delivery[], except?: Session): void {
  for (const [account, own] of byAccount(deliveries)) {
    if (account.bot === null || account.bot.deactivated) continue
    for (const updates of renderPushes(telegram.world, account, own)) telegram.network.push(account.id, updates, except)
  }
  announce(telegram.world, deliveries)
}

/** Takes an account's logins away everywhere. */
export function endLogins (telegram: Telegram, account: Account): void {
  for (const key of telegram.network.keysOf(account.id)) {
    telegram.network.logOut(key)
    if (key.dcId === account.homeDc) telegram.revokedKeys.add(key.id)
  }
  for (const [bytes, ticket] of telegram.world.tickets) if (ticket.account === account) telegram.world.tickets.delete(bytes)
}

function byAccount (deliveries: readonly Delivery[]): Map<Account, Delivery[]> {
  const sorted = new Map<Account, Delivery[]>()
  for (const delivery of deliveries) {
    const own = sorted.get(delivery.account) ?? []
    sorted.set(delivery.account, own)
    own.push(delivery)
  }
  return sorted
}
