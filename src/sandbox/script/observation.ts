import type { SandboxBot } from './bot.js'
import { sandboxMessage, type SandboxMessage } from './message.js'
import type { Stage } from './stage.js'
import { waitFor, type WaitOptions } from './wait.js'

/** Sees what bots do. */
export interface Observation {
  /** What bots, or one of them, wrote; the oldest first. */
  sent (bot?: SandboxBot): SandboxMessage[]
  /** Waits until `look` finds something, looking again whenever something happens. Throws when time is up. */
  waitFor<T> (look: () => T | null | undefined | false, options?: WaitOptions): Promise<T>
  /** Waits for what a bot (any one, without `bot`) answers to `message`. */
  waitForReply (message: SandboxMessage, options?: WaitOptions & { readonly bot?: SandboxBot }): Promise<SandboxMessage>
}

/** The observation of `stage`. */
export function createObservation (stage: Stage): Observation {
  const { world } = stage
  const sent: Observation['sent'] = bot => [...stage.sent]
    .filter(message => bot === undefined || message.author === bot.account)
    .map(message => sandboxMessage(stage, message))
  return {
    sent,
    waitFor: async (look, options) => await waitFor(world, look, options),
    waitForReply: async (message, { bot, ...options } = {}) => {
      const look = () => sent(bot).find(reply => reply.model.replyTo === message.model)
      return await waitFor(world, look, { what: `a reply to "${message.text}"`, ...options })
    }
  }
}
