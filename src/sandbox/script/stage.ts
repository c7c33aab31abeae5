import { deliver, type Telegram } from '../telegram.js'
import type { Account } from '../world/accounts.js'
import type { Delivery } from '../world/events.js'
import type { Message } from '../world/messages.js'
import { unixTime, type World } from '../world/world.js'

/** What the scripting objects act upon. */
export interface Stage {
  readonly telegram: Telegram
  readonly world: World
  /** What bots wrote, the oldest first. */
  readonly sent: ReadonlySet<Message>
  /** Carries out what happened. */
  deliver (deliveries: readonly Delivery[]): void
  /** Unix seconds. */
  time (): number
}

/** Someone who acts in a script. */
export interface Actor {
  readonly account: Account
}

/** A stage that notes from now on what bots write. */
export function createStage (telegram: Telegram): Stage {
  const { world } = telegram
  const sent = new Set<Message>()
  world.listeners.add(deliveries => {
    for (const { event } of deliveries) {
      if (event.kind === 'new' && event.message.author.bot !== null) sent.add(event.message)
    }
  })
  return { telegram, world, sent, deliver: deliveries => deliver(telegram, deliveries), time: () => unixTime(world) }
}
