import type { BotId } from '../media.js'
import type { Problem, Settings } from './problems.js'

/** A bot's id is the first part of its token. */
export interface BotAccount {
  readonly id: BotId
  readonly token: string
}

/** A token, and where it stands, for people. */
interface NamedToken {
  readonly where: string
  readonly token: string
}

const EXAMPLE = 'BOT_TOKENS=123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr,987654321:AArrQQppOOnnMMllKKjjIIhhGGffEEddCCb'

const NUMBERED = Array.from({ length: 10 }, (_, index) => `MULTI_TOKEN${index + 1}`)

/**
 * The bots in the order of their tokens: `BOT_TOKENS`, or `BOT_TOKEN` and then `MULTI_TOKEN1` to `MULTI_TOKEN10`. Both
 * forms at once are refused, because the order decides which bot owns which column of an existing table.
 */
export function readBots (settings: Settings, problems: Problem[]): BotAccount[] {
  const complain = (wrong: string, variable = 'BOT_TOKENS') => problems.push({ variable, wrong, example: EXAMPLE })
  const listed = listTokens(settings['BOT_TOKENS'])
  const single = ['BOT_TOKEN', ...NUMBERED].flatMap(name => settings[name] === undefined ? [] : [{ where: name, token: settings[name].trim() }])
  if (listed.length > 0 && single.length > 0) complain(`is set together with ${single.map(({ where }) => where).join(', ')}: keep one of the two forms, whose order gives the bots their columns`)
  const tokens = listed.length > 0 ? listed : single
  if (tokens.length === 0) complain('is missing: it must be the tokens that @BotFather gave, separated by commas')
  if (tokens.length > 11) complain(`has ${tokens.length} tokens, and there may be at most 11`)
  const bots = tokens.flatMap(({ where, token }) => {
    const id = readBotId(token)
    if (id === null) complain('is no bot token: those are digits, a colon and 35 letters, digits, - or _', where)
    return id === null ? [] : [{ id, token, where }]
  })
  for (const [first, second] of findRepeated(bots)) complain(`belongs to the same bot as ${first.where}: give each bot once`, second.where)
  return bots.map(({ id, token }) => ({ id, token }))
}

function listTokens (text = ''): NamedToken[] {
  const tokens = text.split(/[\s,]+/).filter(token => token !== '')
  return tokens.map((token, index) => ({ where: tokens.length === 1 ? 'BOT_TOKENS' : `BOT_TOKENS (token ${index + 1} of ${tokens.length})`, token }))
}

function readBotId (token: string): BotId | null {
  const match = /^([1-9]\d{0,18}):[A-Za-z0-9_-]{30,50}$/.exec(token)
  return match === null ? null : match[1] as BotId
}

function findRepeated<T extends { readonly id: BotId }> (bots: readonly T[]): Array<[T, T]> {
  return bots.flatMap((bot, index) => {
    const first = bots.slice(0, index).find(({ id }) => id === bot.id)
    return first === undefined ? [] : [[first, bot] satisfies [T, T]]
  })
}
