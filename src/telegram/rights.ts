import { Api } from 'telegram'
import type { ChatId } from '../media.js'
import { meaningOf } from './errors.js'
import type { Peers } from './peers.js'

export interface RightsOptions {
  readonly peers: Peers
  call<R extends Api.AnyRequest> (request: R): Promise<R['__response']>
}

/**
 * Returns the function that looks whether a bot may post in a channel for all others to see: `null`, or what is wrong and what to do.
 * Throws what hindered it from asking.
 */
export function createRights ({ peers, call }: RightsOptions) {
  return async function mayPost (chatId: ChatId): Promise<string | null> {
    try {
      const { chats: [chat] } = await call(new Api.channels.GetChannels({ id: [peers.inputChannel(chatId)] }))
      return chat instanceof Api.Channel ? problemOf(chat, chatId) : outside(chatId, 'it was put out')
    } catch (error) {
      const { kind, reason } = meaningOf(error)
      if (kind === 'no-access') return outside(chatId, reason)
      throw error
    }
  }
}

function outside (chatId: ChatId, reason: string): string {
  return `it cannot see the chat ${chatId} (${reason}): check the id, and add the bot there as an administrator`
}

function problemOf ({ broadcast, creator, left, adminRights }: Api.Channel, chatId: ChatId): string | null {
  if (left) return outside(chatId, 'it left')
  // core.telegram.org/bots/faq: of a group, bots get all messages but those of other bots.
  if (!broadcast) return `the chat ${chatId} is a group, where bots do not see what other bots post: use a channel`
  return creator || adminRights?.postMessages ? null : 'it has no right to post there: make it an administrator with "Post messages"'
}
