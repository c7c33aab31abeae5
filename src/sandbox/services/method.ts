import type { Api } from 'telegram'
import { type Answer, type Call, RpcError } from '../network/types.js'
import type { Telegram } from '../telegram.js'
import type { Account } from '../world/accounts.js'
import type { World } from '../world/world.js'

/** Whoever calls a method, logged in. */
export interface Caller {
  readonly telegram: Telegram
  readonly world: World
  readonly account: Account
  readonly call: Call
}

/** A method of the API. `open` ones need no login. */
export interface Method {
  readonly name: string
  readonly open: boolean
  readonly run: (call: Call, telegram: Telegram, account: Account | null) => Promise<Answer>
}

type RequestClass<R> = (abstract new (...args: never[]) => R) & { readonly className: string }

/** A method for accounts that are logged in. */
export function method<R extends Api.AnyRequest> (type: RequestClass<R>, run: (request: R, caller: Caller) => Answer | Promise<Answer>): Method {
  const checked: Method['run'] = async (call, telegram, account) => {
    if (account === null) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED')
    return await run(requestOf(type, call), { telegram, world: telegram.world, account, call })
  }
  return { name: type.className, open: false, run: checked }
}

/** A method that works before the login. */
export function openMethod<R extends Api.AnyRequest> (type: RequestClass<R>, run: (request: R, call: Call, telegram: Telegram) => Answer | Promise<Answer>): Method {
  return { name: type.className, open: true, run: async (call, telegram) => await run(requestOf(type, call), call, telegram) }
}

/** Answers with Telegram's error `message` where `wrong` holds. */
export function refuseIf (wrong: boolean, message: string, code = 400): void {
  if (wrong) throw new RpcError(code, message)
}

function requestOf<R> (type: RequestClass<R>, call: Call): R {
  if (call.request instanceof type) return call.request
  throw new Error(`${call.method} is no ${type.className}`)
}
