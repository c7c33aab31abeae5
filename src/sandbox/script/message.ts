import { boxOf, changeMessage, type Changes, deleteMessages, idIn, isHeld, type Message } from '../world/messages.js'
import type { Button, TextEntity } from '../world/text.js'
import { findEntities } from '../world/text.js'
import { sandboxFile, type SandboxFile } from './file.js'
import type { Actor, Stage } from './stage.js'

/** A message as the script sees it: always as it is now. */
export interface SandboxMessage {
  /** What the world keeps of it. */
  readonly model: Message
  /** Its id as its author has it. */
  readonly id: number
  readonly text: string
  readonly entities: readonly TextEntity[]
  /** Row after row. */
  readonly buttons: readonly Button[]
  readonly media: SandboxFile | null
  readonly replyTo: SandboxMessage | null
  readonly edited: boolean
  readonly deleted: boolean
  /** Its id as `who` has it: in private chats and basic groups everybody counts on his own. Throws where `who` never got it. */
  idFor (who: Actor): number
  /** Throws where the author may not have written that. */
  edit (changes: { text?: string, entities?: readonly TextEntity[], media?: SandboxFile }): void
  /** For everybody. */
  delete (): void
}

/** The scripting side of `model`. */
export function sandboxMessage (stage: Stage, model: Message): SandboxMessage {
  const own = boxOf(model.chat, model.author)
  return {
    model,
    get id () { return idIn(model, own) },
    get text () { return model.text },
    get entities () { return model.entities },
    get buttons () { return (model.markup ?? []).flat() },
    get media () { return model.media === null ? null : sandboxFile(model.media) },
    get replyTo () { return model.replyTo === null ? null : sandboxMessage(stage, model.replyTo) },
    get edited () { return model.editDate !== null },
    get deleted () { return ![...model.ids.keys()].some(box => isHeld(model, box)) },
    idFor: who => idIn(model, boxOf(model.chat, who.account)),
    edit: ({ text, entities = [], media }) => {
      const content = text === undefined ? {} : { text, entities: findEntities(text, entities) }
      const changes: Changes = { ...content, ...(media === undefined ? {} : { media: media.stored }) }
      stage.deliver(changeMessage(model, changes, stage.time()))
    },
    delete: () => { stage.deliver(deleteMessages([model], stage.time())) }
  }
}
