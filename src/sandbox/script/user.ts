import type { Account } from '../world/accounts.js'
import type { Chat } from '../world/chats.js'
import type { CallbackQuery } from '../world/events.js'
import { idIn, isPost } from '../world/messages.js'
import { privateChat, setBlocked } from '../world/people.js'
import { sandboxFile } from './file.js'
import type { SandboxChat } from './chat.js'
import type { SandboxMessage } from './message.js'
import type { Actor, Stage } from './stage.js'
import { type Content, write } from './writing.js'

/** A user. */
export interface SandboxUser extends Actor {
  /** Decimal. */
  readonly id: string
  readonly firstName: string
  /** Presses the bot's start button: without it, or another message, the bot cannot write to the user. */
  startChat (bot: Actor, payload?: string): SandboxMessage
  /** Writes to somebody, or into a chat that the user is in. */
  sendTo (to: Actor | SandboxChat, content: Content): SandboxMessage
  forwardTo (to: Actor | SandboxChat, message: SandboxMessage): SandboxMessage
  /** Presses the callback button with this text. `answer` is what the bot says to that, `null` until it does. */
  press (message: SandboxMessage, button: string): CallbackQuery
  /** Stops the bot. */
  block (bot: Actor): void
  unblock (bot: Actor): void
}

/** The scripting side of a user. */
export function sandboxUser (stage: Stage, account: Account): SandboxUser {
  const chatWith = (to: Actor | SandboxChat): Chat => 'chat' in to ? to.chat : privateChat(stage.world, account, to.account)
  const sendTo: SandboxUser['sendTo'] = (to, content) => write(stage, account, chatWith(to), content)
  return {
    account,
    id: account.id,
    firstName: account.firstName,
    sendTo,
    startChat: (bot, payload) => sendTo(bot, { text: payload === undefined ? '/start' : `/start ${payload}` }),
    forwardTo: (to, message) => sendTo(to, forwarded(message)),
    press: (message, button) => press(stage, account, message, button),
    block: bot => { stage.deliver(setBlocked(stage.world, account, bot.account, true)) },
    unblock: bot => { stage.deliver(setBlocked(stage.world, account, bot.account, false)) }
  }
}

function forwarded ({ model }: SandboxMessage): Content {
  const { chat, author, date, text, entities, media } = model
  const from = chat.kind === 'channel' && isPost(model) ? { from: chat, postId: idIn(model, chat.box) } : { from: author, postId: null }
  return { text, entities, forward: model.forward ?? { ...from, date }, ...(media === null ? {} : { media: sandboxFile(media) }) }
}

function press (stage: Stage, user: Account, { model, buttons }: SandboxMessage, text: string): CallbackQuery {
  const button = buttons.find(one => one.text === text)
  if (button?.kind !== 'callback') throw new Error(`the message has no callback button "${text}"`)
  const { world } = stage
  const query: CallbackQuery = { id: world.secrets.hash('query', ++world.made), user, bot: model.author, message: model, data: button.data, answer: null }
  world.queries.set(query.id, query)
  stage.deliver([{ account: model.author, box: null, event: { kind: 'callback', query, date: stage.time() } }])
  return query
}
