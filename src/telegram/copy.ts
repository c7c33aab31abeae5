import { Api } from 'telegram'
import type { ChatId, SeenMedia } from '../media.js'
import { SendRefused } from './errors.js'
import { randomIdFor } from './random-id.js'
import { sendSafely, type SendOptions } from './send.js'
import { readUpdates } from './updates.js'

/** A message as one bot knows it. */
export interface MessageAddress {
  readonly chatId: ChatId
  readonly messageId: number
}

/** What became of a copy, as the bot that made it reads it. */
export interface Copied {
  readonly messageId: number
  readonly media: SeenMedia
}

/**
 * Returns the function by which one bot copies a message's file into another chat, without a forward header.
 * Throws SendRefused where the bot may not, where the file was copied before, or where the copy carries another file.
 */
export function createCopy (options: SendOptions) {
  const { botId, peers } = options

  return async function copyToChat (from: MessageAddress, media: SeenMedia, chatId: ChatId, signal: AbortSignal): Promise<Copied> {
    const request = () => new Api.messages.ForwardMessages({
      fromPeer: peers.input(from.chatId),
      toPeer: peers.input(chatId),
      id: [from.messageId],
      randomId: [randomIdFor({ botId, ...from, purpose: 'copy' })],
      dropAuthor: true,
      silent: true
    })
    const answer = await sendSafely(request, options, signal).catch(error => { throw withRemedy(error, chatId) })
    if (answer === null) throw new SendRefused(`message ${from.messageId} was copied into chat ${chatId} before`)
    return copiedIn(answer, media, chatId)
  }
}

function withRemedy (error: unknown, chatId: ChatId): unknown {
  if (!(error instanceof SendRefused)) return error
  return new SendRefused(`the file cannot be copied into chat ${chatId}: make the bot an administrator there who may post (${error.message})`, { cause: error.cause })
}

function copiedIn (answer: unknown, media: SeenMedia, chatId: ChatId): Copied {
  const posted = readUpdates(answer)?.changes.flatMap(({ content }) => content.messages).find(message => message.chat.id === chatId && message.media?.id === media.id)
  if (posted === undefined || posted.media === null) throw new SendRefused(`the copy in chat ${chatId} does not carry the file ${media.id}`)
  // The name of a file without one holds the date of its message: the first one counts.
  return { messageId: posted.messageId, media: { ...posted.media, name: media.name } }
}
