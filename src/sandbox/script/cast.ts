import { createChannel, createGroup } from '../world/members.js'
import { type AccountOptions, createBot, createUser } from '../world/people.js'
import { sandboxBot, type SandboxBot } from './bot.js'
import { sandboxChat, type SandboxChat } from './chat.js'
import { type FileLocation, locationFor, newFile, type SandboxFile, type SandboxFileSpec } from './file.js'
import type { Actor, Stage } from './stage.js'
import { sandboxUser, type SandboxUser } from './user.js'

/** A title, and a username where it is to be public. Without a creator somebody is made up. */
export interface ChatOptions {
  readonly title: string
  readonly username?: string
  readonly creator?: SandboxUser
}

/** Makes whoever and whatever a script needs. */
export interface Cast {
  createBot (options?: AccountOptions & { readonly privacy?: boolean }): SandboxBot
  createUser (options?: AccountOptions): SandboxUser
  createGroup (options: Omit<ChatOptions, 'username'>): SandboxChat
  createSupergroup (options: ChatOptions): SandboxChat
  createChannel (options: ChatOptions): SandboxChat
  file (spec: SandboxFileSpec): SandboxFile
  /** How `who` reaches a file now, with a fresh reference. */
  locationFor (who: Actor, file: SandboxFile): FileLocation
}

/** The cast of `stage`. */
export function createCast (stage: Stage): Cast {
  const { world } = stage
  const newUser = (options: AccountOptions = {}) => sandboxUser(stage, createUser(world, options))
  return {
    createUser: newUser,
    createBot: (options = {}) => sandboxBot(stage, createBot(world, options)),
    createChannel: options => newChannel(stage, options, true, options.creator ?? newUser()),
    createSupergroup: options => newChannel(stage, options, false, options.creator ?? newUser()),
    createGroup: ({ title, creator = newUser() }) => {
      const { chat, deliveries } = createGroup(world, title, creator.account)
      stage.deliver(deliveries)
      return sandboxChat(stage, chat)
    },
    file: spec => newFile(stage, spec),
    locationFor: (who, file) => locationFor(stage, who, file)
  }
}

function newChannel (stage: Stage, options: ChatOptions, broadcast: boolean, creator: SandboxUser): SandboxChat {
  const { title, username } = options
  const { chat, deliveries } = createChannel(stage.world, { title, broadcast, ...(username === undefined ? {} : { username }) }, creator.account)
  stage.deliver(deliveries)
  return sandboxChat(stage, chat)
}
