import { type Answer, type Call, type Handler, RpcError } from './network/types.js'
import { authMethods } from './services/auth.js'
import { changingMethods } from './services/changing.js'
import { chatMethods } from './services/chats.js'
import { fileMethods } from './services/files.js'
import { forwardingMethods } from './services/forwarding.js'
import { helpMethods } from './services/help.js'
import type { Method } from './services/method.js'
import { readingMethods } from './services/reading.js'
import { sendingMethods } from './services/sending.js'
import { updateMethods } from './services/updates.js'
import { uploadMethods } from './services/uploads.js'
import { isUserOnly } from './services/user-only.js'
import { userMethods } from './services/users.js'
import type { Telegram } from './telegram.js'
import type { Account } from './world/accounts.js'
import { announce } from './world/world.js'

/** Calls the service for each method; what there is none for is answered with Telegram's error. */
export function createDispatch (telegram: Telegram): Handler {
  const methods = new Map<string, Method>(SERVICES.flat().map(method => [method.name, method]))
  return async call => {
    try {
      return await dispatch(telegram, methods, call)
    } finally {
      announce(telegram.world, [])
    }
  }
}

const SERVICES = [authMethods, changingMethods, chatMethods, fileMethods, forwardingMethods, helpMethods, readingMethods, sendingMethods, updateMethods, uploadMethods, userMethods]

async function dispatch (telegram: Telegram, methods: ReadonlyMap<string, Method>, call: Call): Promise<Answer> {
  const method = methods.get(call.method)
  if (method?.open === true) return await method.run(call, telegram, null)
  const account = accountOf(telegram, call)
  if (isUserOnly(call.method) && account.bot !== null) throw new RpcError(400, 'BOT_METHOD_INVALID')
  if (method === undefined) throw new RpcError(400, unknownMethod(call))
  return await method.run(call, telegram, account)
}

/** Whose login the key carries: core.telegram.org/api/errors#401-unauthorized. */
function accountOf ({ world, revokedKeys }: Telegram, { key }: Call): Account {
  if (revokedKeys.has(key.id)) throw new RpcError(401, 'SESSION_REVOKED')
  const account = key.accountId === null ? undefined : world.accounts.get(key.accountId)
  if (account === undefined) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED')
  if (account.bot?.deactivated === true) throw new RpcError(401, 'USER_DEACTIVATED')
  return account
}

function unknownMethod ({ request, key }: Call): string {
  return `INPUT_METHOD_INVALID_${request.CONSTRUCTOR_ID}_${key.layer ?? 0}`
}
