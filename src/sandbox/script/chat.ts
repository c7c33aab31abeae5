import type { Channel, Group } from '../world/chats.js'
import { addMember, type MemberOptions, removeMember } from '../world/members.js'
import type { SandboxMessage } from './message.js'
import type { Actor, Stage } from './stage.js'
import { type Content, write } from './writing.js'

/** A basic group, supergroup or channel. */
export interface SandboxChat {
  readonly chat: Group | Channel
  /** Decimal, as MTProto writes it. */
  readonly id: string
  /** Decimal, as the Bot API writes it: with `-` or `-100` ahead. */
  readonly chatId: string
  readonly title: string
  readonly username: string | null
  /** Takes somebody in; bots become administrators in channels. */
  add (who: Actor, options?: MemberOptions): void
  remove (who: Actor): void
  /** Writes as its creator; in a channel that is a post. */
  post (content: Content): SandboxMessage
}

/** The scripting side of a chat. */
export function sandboxChat (stage: Stage, chat: Group | Channel): SandboxChat {
  const channel = chat.kind === 'channel'
  const alwaysAdmin = channel && chat.broadcast
  return {
    chat,
    id: chat.id,
    chatId: channel ? `-100${chat.id}` : `-${chat.id}`,
    title: chat.title,
    username: channel ? chat.username : null,
    add: ({ account }, options = {}) => {
      const place = alwaysAdmin && account.bot !== null ? { admin: true, ...options } : options
      stage.deliver(addMember(stage.world, chat, account, chat.creator, place))
    },
    remove: ({ account }) => { stage.deliver(removeMember(stage.world, chat, account, chat.creator)) },
    post: content => write(stage, chat.creator, chat, content)
  }
}
