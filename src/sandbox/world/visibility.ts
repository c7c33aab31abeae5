import type { Account } from './accounts.js'
import { isIn } from './chats.js'
import type { Message } from './messages.js'

/**
 * Whether `account` is shown a message of a chat that it is in: core.telegram.org/bots/features#privacy-mode.
 * Bots never see what other bots write in groups; posts of channels are the channel's.
 */
export function isVisible (account: Account, message: Message): boolean {
  const { chat, author } = message
  if (account.bot === null || account === author || chat.kind === 'private' || message.action !== null) return true
  if (chat.kind === 'channel' && chat.broadcast) return true
  if (author.bot !== null || !isIn(chat, account)) return false
  const admin = chat.members.get(account.id)?.role === 'admin'
  return admin || !account.bot.privacy || isMeantFor(account, message)
}

function isMeantFor (account: Account, message: Message): boolean {
  if (message.author === account || isCommandFor(account, message)) return true
  return message.replyTo !== null && isMeantFor(account, message.replyTo)
}

function isCommandFor (account: Account, message: Message): boolean {
  const command = /^\/\w+(?:@(\w+))?/.exec(message.text)
  if (command === null || message.chat.kind === 'private') return false
  const name = command[1]
  return name === undefined ? message.lastBot === account : name.toLowerCase() === account.username?.toLowerCase()
}
