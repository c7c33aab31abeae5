import { endLogins } from '../telegram.js'
import type { Account, BotSide } from '../world/accounts.js'
import { makeToken } from '../world/people.js'
import { sandboxMessage, type SandboxMessage } from './message.js'
import type { Actor, Stage } from './stage.js'

/** A bot as BotFather and the script see it. */
export interface SandboxBot extends Actor {
  /** Decimal. */
  readonly id: string
  readonly username: string
  /** The token that is good now. */
  readonly token: string
  /** What it wrote, the oldest first. */
  readonly sent: readonly SandboxMessage[]
  /** Ends all its logins and gives it another token, which it returns. */
  revokeToken (): string
  /** It can never be used again. */
  deactivate (): void
  setPrivacy (privacy: boolean): void
  /** Its account goes to another data centre; its logins at the old one end. Throws a RangeError where there is none such. */
  moveTo (dcId: number): void
}

/** The scripting side of a bot. */
export function sandboxBot (stage: Stage, account: Account & { readonly bot: BotSide }): SandboxBot {
  const { bot, id } = account
  return {
    account,
    id,
    username: account.username ?? '',
    get token () { return bot.token },
    get sent () { return [...stage.sent].filter(message => message.author === account).map(message => sandboxMessage(stage, message)) },
    revokeToken: () => {
      bot.formerTokens.add(bot.token)
      bot.token = makeToken(stage.world, id)
      endLogins(stage.telegram, account)
      return bot.token
    },
    deactivate: () => { bot.deactivated = true },
    setPrivacy: privacy => { bot.privacy = privacy },
    moveTo: dcId => {
      if (!stage.world.dcIds.includes(dcId)) throw new RangeError(`there is no data centre ${dcId}`)
      for (const key of stage.telegram.network.keysOf(id)) stage.telegram.network.logOut(key)
      account.homeDc = dcId
    }
  }
}
