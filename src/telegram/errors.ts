import { FloodTestPhoneWaitError, FloodWaitError, FileMigrateError, NetworkMigrateError, PhoneMigrateError, RPCError, SlowModeWaitError, UserMigrateError } from 'telegram/errors/index.js'
import { ConnectionLost } from './transport.js'

/**
 * What an error of GramJS means to us.
 * - `wait`: Telegram wants this bot to wait `seconds`.
 * - `migrate`: what was asked for lives at data centre `dcId`.
 * - `reference`: the file reference is used up.
 * - `logged-out`: the key is not logged in; `key-dead`: its login was ended for good; `unknown-key`: the server does not know
 *   the key; `refused`: the bot is turned away for good.
 * - `no-access`: what was asked for is not there, or not for this bot.
 * - `bad-request`: Telegram does not take such a request, however often it is sent.
 * - `duplicate`: the same thing was sent before, or a press answered; `bad-button`: the link below a message is not to Telegram's liking.
 * - `failed`: anything else; another try may succeed.
 * `reason` is for people and logs.
 */
export type Meaning =
  | { readonly kind: 'wait', readonly seconds: number, readonly reason: string }
  | { readonly kind: 'migrate', readonly dcId: number, readonly reason: string }
  | { readonly kind: 'refused', readonly concerns: 'bot' | 'all', readonly reason: string }
  | { readonly kind: 'reference' | 'logged-out' | 'key-dead' | 'unknown-key' | 'no-access' | 'bad-request' | 'duplicate' | 'bad-button' | 'failed', readonly reason: string }

const revoked = 'the token is wrong or was revoked: take the current one from @BotFather'
const deactivated = 'Telegram deactivated this bot: make a new one with @BotFather'
const badApi = 'API_ID and API_HASH are not a valid pair: take them from https://my.telegram.org/apps'

/** Errors that end a bot, and what its owner can do. core.telegram.org/method/auth.importBotAuthorization */
const refusals: ReadonlyMap<string, { concerns: 'bot' | 'all', reason: string }> = new Map(Object.entries({
  ACCESS_TOKEN_INVALID: { concerns: 'bot', reason: revoked },
  ACCESS_TOKEN_EXPIRED: { concerns: 'bot', reason: revoked },
  BOT_TOKEN_INVALID: { concerns: 'bot', reason: revoked },
  USER_DEACTIVATED: { concerns: 'bot', reason: deactivated },
  USER_DEACTIVATED_BAN: { concerns: 'bot', reason: deactivated },
  USER_BOT_INVALID: { concerns: 'bot', reason: 'the token does not belong to a bot: take one from @BotFather' },
  API_ID_INVALID: { concerns: 'all', reason: badApi },
  API_HASH_INVALID: { concerns: 'all', reason: badApi },
  API_ID_PUBLISHED_FLOOD: { concerns: 'all', reason: 'this API_ID is public and Telegram limits it: make your own at https://my.telegram.org/apps' }
}))

/** All other errors that are not just "try again". A name that ends in `*` stands for every name that begins so. */
const meanings: ReadonlyArray<readonly [name: string, kind: Exclude<Meaning['kind'], 'wait' | 'migrate' | 'refused'>]> = [
  ['FILE_REFERENCE_*', 'reference'],
  ['AUTH_KEY_UNREGISTERED', 'logged-out'],
  ['AUTH_KEY_DUPLICATED', 'key-dead'],
  ['AUTH_KEY_INVALID', 'key-dead'],
  ['AUTH_KEY_PERM_EMPTY', 'key-dead'],
  ['SESSION_REVOKED', 'key-dead'],
  ['SESSION_EXPIRED', 'key-dead'],
  ['LOCATION_INVALID', 'no-access'],
  ['FILE_ID_INVALID', 'no-access'],
  ['CHANNEL_*', 'no-access'],
  ['CHAT_*', 'no-access'],
  ['PEER_ID_INVALID', 'no-access'],
  ['INPUT_USER_DEACTIVATED', 'no-access'],
  ['USER_IS_BLOCKED', 'no-access'],
  ['USER_ID_INVALID', 'no-access'],
  ['USER_BANNED_IN_CHANNEL', 'no-access'],
  ['MSG_ID_INVALID', 'no-access'],
  ['MESSAGE_ID_INVALID', 'no-access'],
  ['RANDOM_ID_DUPLICATE', 'duplicate'],
  ['MESSAGE_NOT_MODIFIED', 'duplicate'],
  ['QUERY_ID_INVALID', 'duplicate'],
  ['BUTTON_*', 'bad-button']
]

/** Tells what an error thrown by a call means. Takes anything: GramJS rejects with strings and with nothing, too. */
export function meaningOf (error: unknown): Meaning {
  const waitSeconds = secondsOf(error)
  if (waitSeconds !== null) return { kind: 'wait', seconds: waitSeconds, reason: `Telegram asks to wait ${waitSeconds} s` }
  const dcId = newDcOf(error)
  if (dcId !== null) return { kind: 'migrate', dcId, reason: `data centre ${dcId} is in charge` }
  if (error instanceof RPCError) return byName(error.errorMessage, error.code)
  if (error instanceof ConnectionLost) return byTransportCode(error)
  return { kind: 'failed', reason: error instanceof Error ? error.message : String(error ?? 'GramJS gave no reason') }
}

// GramJS puts the number into a class of its own and replaces the name: FloodWaitError.errorMessage is "FLOOD".
// FLOOD_PREMIUM_WAIT_X comes as FloodWaitError, too. TDLib waits a second at least.
function secondsOf (error: unknown): number | null {
  if (error instanceof FloodWaitError || error instanceof SlowModeWaitError || error instanceof FloodTestPhoneWaitError) return Math.max(1, error.seconds)
  return null
}

function newDcOf (error: unknown): number | null {
  if (error instanceof FileMigrateError || error instanceof UserMigrateError) return error.newDc
  if (error instanceof PhoneMigrateError || error instanceof NetworkMigrateError) return error.newDc
  return null
}

// 404: the key is unknown. 429: too many connections, without a number; TDLib waits some seconds.
function byTransportCode (error: ConnectionLost): Meaning {
  if (error.transportCode === 404) return { kind: 'unknown-key', reason: 'Telegram does not know the authorisation key' }
  if (error.transportCode === 429) return { kind: 'wait', seconds: 5, reason: error.message }
  return { kind: 'failed', reason: error.message }
}

// core.telegram.org/api/errors: 400 and 403 are about the request, all unknown codes are like 500.
function byName (name: string, code: number | undefined): Meaning {
  const refusal = refusals.get(name)
  if (refusal !== undefined) return { kind: 'refused', concerns: refusal.concerns, reason: `${name}: ${refusal.reason}` }
  const entry = meanings.find(([pattern]) => pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)
  return { kind: entry?.[1] ?? (code === 400 || code === 403 ? 'bad-request' : 'failed'), reason: name }
}

/** Telegram will not carry out what was asked for; asking again changes nothing. The message says what to do. */
export class SendRefused extends Error {
  readonly code = 'SEND_REFUSED'
}
