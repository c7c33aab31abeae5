import { Api } from 'telegram'
import { type Call, RpcError } from '../network/types.js'
import type { Telegram } from '../telegram.js'
import { toLong } from '../tl/long.js'
import { renderUser } from '../tl/users.js'
import type { Account, BotSide } from '../world/accounts.js'
import type { World } from '../world/world.js'
import { type Caller, method, type Method, openMethod, refuseIf } from './method.js'

/** `auth.*`: logging in, and carrying a login to another data centre. */
export const authMethods: readonly Method[] = [
  openMethod(Api.auth.ImportBotAuthorization, importBot),
  openMethod(Api.auth.ImportAuthorization, importAuthorization),
  method(Api.auth.ExportAuthorization, exportAuthorization),
  method(Api.auth.LogOut, (_, { telegram, call }) => {
    telegram.network.logOut(call.key)
    return new Api.auth.LoggedOut({})
  })
]

function importBot ({ apiId, apiHash, botAuthToken }: Api.auth.ImportBotAuthorization, call: Call, telegram: Telegram): Api.auth.Authorization {
  const { world } = telegram
  refuseIf(apiId !== world.api.id || apiHash !== world.api.hash, 'API_ID_INVALID')
  const { account, bot } = botWith(world, botAuthToken)
  refuseIf(bot.deactivated, 'USER_DEACTIVATED', 401)
  refuseIf(account.homeDc !== call.dcId, `USER_MIGRATE_${account.homeDc}`, 303)
  countLogin(world, bot)
  return logIn(telegram, call, account)
}

function botWith (world: World, token: string): { account: Account, bot: BotSide } {
  const account = world.accounts.get(token.split(':', 1)[0] ?? '')
  const bot = account?.bot
  if (account === undefined || bot === null || bot === undefined) throw new RpcError(400, 'ACCESS_TOKEN_INVALID')
  refuseIf(bot.formerTokens.has(token), 'ACCESS_TOKEN_EXPIRED')
  refuseIf(bot.token !== token, 'ACCESS_TOKEN_INVALID')
  return { account, bot }
}

/** A bot that logs in too often must wait until the oldest of its log-ins is out of the window. */
function countLogin (world: World, bot: BotSide): void {
  const { count, windowMs } = world.settings.loginLimit
  const now = world.now()
  bot.logins = bot.logins.filter(time => time > now - windowMs)
  const oldest = bot.logins[0]
  if (bot.logins.length >= count) throw new RpcError(420, `FLOOD_WAIT_${Math.ceil(((oldest ?? now) + windowMs - now) / 1000)}`)
  bot.logins.push(now)
}

function exportAuthorization ({ dcId }: Api.auth.ExportAuthorization, { world, account, call }: Caller): Api.auth.ExportedAuthorization {
  refuseIf(dcId === call.dcId || !world.dcIds.includes(dcId), 'DC_ID_INVALID')
  const bytes = world.secrets.digest('ticket', account.id, dcId, ++world.made)
  world.tickets.set(bytes.toString('hex'), { account, dcId })
  return new Api.auth.ExportedAuthorization({ id: toLong(account.id), bytes })
}

/** The bytes are good once, at the data centre that they were made for. */
function importAuthorization ({ id, bytes }: Api.auth.ImportAuthorization, call: Call, telegram: Telegram): Api.auth.Authorization {
  const name = bytes.toString('hex')
  const ticket = telegram.world.tickets.get(name)
  if (ticket === undefined || ticket.dcId !== call.dcId) throw new RpcError(400, 'AUTH_BYTES_INVALID')
  refuseIf(ticket.account.id !== id.toString(), 'USER_ID_INVALID')
  telegram.world.tickets.delete(name)
  return logIn(telegram, call, ticket.account)
}

function logIn (telegram: Telegram, call: Call, account: Account): Api.auth.Authorization {
  call.key.accountId = account.id
  telegram.revokedKeys.delete(call.key.id)
  return new Api.auth.Authorization({ user: renderUser(telegram.world, account, account) })
}
