import { isOver } from '../catalogue/backfills.js'
import type { BotId, ChatId, EditedMessage, OutgoingMessage, ReceivedMessage, RichText, Walk, WalkRequest } from '../media.js'
import { sharedNumber } from './shared-number.js'
import { walkText } from './walk-text.js'

export interface IndexingOptions {
  isOwner (userId: string): boolean
  /** A bot's name, without the `@`; `null` while it is not known. */
  usernameOf (botId: BotId): string | null
  claimAnswer (chatId: ChatId, messageId: number, botId: BotId): Promise<boolean>
  /** Queues a walk, or finds the same one. */
  queue (request: WalkRequest, askedBy: string): Promise<Walk>
  /** Notes which message shows how far a walk is. */
  noteNotice (id: string, notice: NonNullable<Walk['notice']>): Promise<void>
  find (id: string): Promise<Walk | null>
  /** Ends the walks through a chat that somebody asked for; resolves to them as they stood, that of all bots first. */
  cancel (chatId: ChatId): Promise<Walk[]>
  /** Resolves to the id of the message; `null` where it was sent before. */
  send (botId: BotId, message: OutgoingMessage): Promise<number | null>
  edit (botId: BotId, message: EditedMessage): Promise<void>
}

const usage = 'Write /index and the id of a channel or supergroup, and if you like the first and the last message: /index -1001234567890 1 5000. In a supergroup, /index alone is enough. /index stop and the id ends it.'

/**
 * Returns the function that carries out `/index` of an owner: it queues a walk through a chat's messages and answers with a
 * message that will show how far it is; `/index stop` ends it. Resolves to whether the message was such a command; whoever is no owner is not heard.
 */
export function createIndexing (options: IndexingOptions) {
  const { isOwner, usernameOf, claimAnswer, queue, noteNotice, find, cancel, send, edit } = options

  return async function index (botId: BotId, message: ReceivedMessage): Promise<boolean> {
    const { chat, senderId, text } = message
    if (!isIndexCommand(text) || senderId === null || !isOwner(senderId) || !isFor(text, usernameOf(botId))) return false
    // In a group every bot hears it.
    if (chat.kind !== 'private' && !await claimAnswer(chat.id, sharedNumber(message), botId)) return true
    const command = readCommand(message)
    if (command === null) await answer(botId, message, [usage])
    else if (command.kind === 'stop') await stop(botId, message, command.chatId)
    else await begin(botId, message, await queue(command.request, senderId))
    return true
  }

  async function answer (botId: BotId, { chat, messageId }: ReceivedMessage, text: RichText): Promise<number | null> {
    return await send(botId, { chatId: chat.id, replyTo: messageId, text })
  }

  async function stop (botId: BotId, message: ReceivedMessage, chatId: ChatId): Promise<void> {
    const walks = await cancel(chatId)
    for (const walk of walks) show(walk)
    const [first] = walks
    await answer(botId, message, first === undefined ? ['Nothing is being indexed in ', { code: chatId }] : walkText(first))
  }

  async function begin (botId: BotId, message: ReceivedMessage, walk: Walk): Promise<void> {
    const sent = await answer(botId, message, walkText(walk))
    if (sent === null) return
    const notice = { botId, chatId: message.chat.id, messageId: sent }
    await noteNotice(walk.id, notice)
    // It may have come to its end before anybody knew where to show it.
    const now = await find(walk.id)
    if (now !== null && isOver(now)) show({ ...now, notice })
  }

  /** Nobody waits for it, nor tries again because of it: the live message may be deleted, or its bot away, and what was asked for is done. */
  function show (walk: Walk): void {
    if (walk.notice !== null) edit(walk.notice.botId, { ...walk.notice, text: walkText(walk) }).catch(() => {})
  }
}

/** Whether a text is `/index`, whoever wrote it. */
export function isIndexCommand (text: string): boolean {
  return /^\/index(@\w+)?(\s|$)/.test(text)
}

/** Whether a command names this bot or nobody. core.telegram.org/bots/features#commands */
function isFor (text: string, username: string | null): boolean {
  const [, named] = /^\/\w+@(\w+)/.exec(text) ?? []
  return named === undefined || named.toLowerCase() === username?.toLowerCase()
}

type Command = { readonly kind: 'stop', readonly chatId: ChatId } | { readonly kind: 'begin', readonly request: WalkRequest }

/** What an owner asks for; `null` where that cannot be read. */
function readCommand (message: ReceivedMessage): Command | null {
  const words = message.text.trim().split(/\s+/).slice(1)
  if (words[0] !== 'stop') {
    const request = readRequest(message, words)
    return request && { kind: 'begin', request }
  }
  const chatId = readChat(message, words.slice(1))
  return chatId && { kind: 'stop', chatId }
}

/** What is to be walked through; `null` where that cannot be read. */
function readRequest (message: ReceivedMessage, words: readonly string[]): WalkRequest | null {
  const named = words[0] === undefined ? null : parseIndexChat(words[0])
  const chatId = named ?? readChat(message, [])
  const numbers = words.slice(named === null ? 0 : 1).map(parseMessageNumber)
  const [from = 1, to = null, ...rest] = numbers
  if (chatId === null || rest.length > 0 || from === null || numbers.includes(null) || (to !== null && to < from)) return null
  return { chatId, from, to }
}

/** The number of a message; `null` where it is none. Telegram counts in 31 bits, and a walk must have a number to stand at when it is through. */
export function parseMessageNumber (text: string): number | null {
  const number = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : NaN
  return number < 2 ** 31 - 1 ? number : null
}

/** The chat that the words name, or the one in which they stand; `null` where it is none that can be indexed. */
function readChat ({ chat }: ReceivedMessage, [named, ...rest]: readonly string[]): ChatId | null {
  if (named !== undefined) return rest.length > 0 ? null : parseIndexChat(named)
  return chat.kind === 'supergroup' || chat.kind === 'channel' ? chat.id : null
}

/** A channel's or supergroup's id: as it is (`-100…`), or from a link to one of its messages (`https://t.me/c/1234567890/55`). `null` where it is neither. */
export function parseIndexChat (text: string): ChatId | null {
  const [, bare] = /^(?:https?:\/\/)?t\.me\/c\/(\d{1,13})(?:\/\S*)?$/.exec(text) ?? []
  if (bare !== undefined) return `-100${bare}` as ChatId
  return /^-100\d{5,13}$/.test(text) ? text as ChatId : null
}
