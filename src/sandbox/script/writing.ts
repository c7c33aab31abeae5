import type { Account } from '../world/accounts.js'
import { type Chat, isIn, mayDo } from '../world/chats.js'
import { type Draft, type Forward, isHeld, boxOf, writeMessage } from '../world/messages.js'
import { findEntities, type TextEntity } from '../world/text.js'
import type { SandboxFile } from './file.js'
import { sandboxMessage, type SandboxMessage } from './message.js'
import type { Stage } from './stage.js'

/** What somebody writes. Messages with the same `groupedId` are one album. */
export interface Content {
  readonly text?: string
  readonly entities?: readonly TextEntity[]
  readonly media?: SandboxFile
  readonly replyTo?: SandboxMessage
  readonly groupedId?: bigint
  readonly forward?: Forward
}

/** `author` writes into `chat`. Throws where Telegram would not let him. */
export function write (stage: Stage, author: Account, chat: Chat, content: Content): SandboxMessage {
  checkPlace(author, chat)
  const { text = '', media, replyTo, groupedId, forward } = content
  if (text === '' && media === undefined) throw new TypeError('a message needs text or media')
  const answered = replyTo?.model ?? null
  if (answered !== null && !(answered.chat === chat && isHeld(answered, boxOf(chat, author)))) throw new Error('the message to answer is not in that chat (any more)')
  const draft: Draft = {
    chat,
    author,
    text,
    entities: findEntities(text, content.entities ?? []),
    media: media?.stored ?? null,
    replyTo: answered,
    groupedId: groupedId ?? null,
    forward: forward ?? null
  }
  const { message, deliveries } = writeMessage(draft, stage.time())
  stage.deliver(deliveries)
  return sandboxMessage(stage, message)
}

function checkPlace (author: Account, chat: Chat): void {
  if (!isIn(chat, author)) throw new Error(`${author.firstName} is not in that chat`)
  if (chat.kind === 'private') return
  const barred = chat.kind === 'channel' && chat.broadcast ? !mayDo(chat, author, 'post') : chat.members.get(author.id)?.muted === true
  if (barred) throw new Error(`${author.firstName} may not write in ${chat.title}`)
}
