import type { Account, BotSide } from './accounts.js'
import { createBox } from './boxes.js'
import type { PrivateChat } from './chats.js'
import { unixTime, type World } from './world.js'

/** How an account starts out. */
export interface AccountOptions {
  readonly firstName?: string
  readonly username?: string
  readonly homeDc?: number
}

/** A new user. */
export function createUser (world: World, options: AccountOptions): Account {
  const id = nextId(world, 5_000_000_000)
  return addAccount(world, id, options.firstName ?? `User ${world.made}`, options.username ?? null, options.homeDc, null)
}

/** A new bot. Without a username it gets one. Throws where the username does not end in `bot`. */
export function createBot (world: World, options: AccountOptions & { privacy?: boolean }): Account & { readonly bot: BotSide } {
  const id = nextId(world, 7_000_000_000)
  const username = options.username ?? `ferry_${id}_bot`
  if (!/bot$/i.test(username)) throw new RangeError(`a bot's username ends in "bot", unlike "${username}"`)
  const bot = { token: makeToken(world, id), privacy: options.privacy ?? true, deactivated: false, formerTokens: new Set<string>(), logins: [] }
  return addAccount(world, id, options.firstName ?? username, username, options.homeDc, bot)
}

/** A token for the bot `id` as BotFather writes them; another one each time. */
export function makeToken (world: World, id: string): string {
  return `${id}:AA${world.secrets.digest('token', id, ++world.made).toString('base64url').slice(0, 33)}`
}

/** The private chat of two accounts. */
export function privateChat (world: World, one: Account, other: Account): PrivateChat {
  const [a, b] = BigInt(one.id) < BigInt(other.id) ? [one, other] : [other, one]
  const key = `private:${a.id}:${b.id}`
  const chat = world.privateChats.get(key) ?? { kind: 'private', key, sides: [a, b] }
  world.privateChats.set(key, chat)
  return chat
}

/** Blocks or unblocks a bot for `user`, and tells the bot. */
export function setBlocked (world: World, user: Account, bot: Account, stopped: boolean) {
  if (stopped) user.blocked.add(bot.id)
  else user.blocked.delete(bot.id)
  const event = { kind: 'stopped' as const, user, stopped, qts: ++bot.qts, date: unixTime(world) }
  bot.others.push(event)
  return [{ account: bot, box: null, event }]
}

/** Ids above 2³¹, so that nothing that takes them for 32 bits goes unnoticed. */
export function nextId (world: World, from: number): string {
  return String(from + ++world.made * 7)
}

/** Takes `username` for `owner`. Throws where it is taken or not one. */
export function claimUsername (world: World, username: string, owner: Parameters<World['usernames']['set']>[1]): void {
  if (!/^[a-z]\w{3,31}$/i.test(username)) throw new RangeError(`"${username}" is no username: a letter, then 3 to 31 letters, digits or _`)
  if (world.usernames.has(username.toLowerCase())) throw new RangeError(`the username ${username} is taken`)
  world.usernames.set(username.toLowerCase(), owner)
}

function addAccount<B extends BotSide | null> (world: World, id: string, firstName: string, username: string | null, homeDc = world.homeDc, bot: B): Account & { readonly bot: B } {
  if (!world.dcIds.includes(homeDc)) throw new RangeError(`homeDc ${homeDc} is none of the data centres ${world.dcIds.join(', ')}`)
  const account = { kind: 'account' as const, id, firstName, username, homeDc, bot, box: createBox(), others: [], qts: 1, seq: 1, known: new Set<string>(), blocked: new Set<string>(), randomIds: new Set<bigint>() }
  account.box.account = account
  if (username !== null) claimUsername(world, username, account)
  world.accounts.set(id, account)
  return account
}
