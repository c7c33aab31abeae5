import type { Account } from './accounts.js'
import type { Box } from './boxes.js'
import { record, recordDeletion } from './boxes.js'
import type { Channel, Chat } from './chats.js'
import { isIn, peopleOf } from './chats.js'
import type { BoxEvent, Delivery } from './events.js'
import type { StoredFile } from './files.js'
import type { Markup, TextEntity } from './text.js'
import { isVisible } from './visibility.js'

/** What a service message tells. */
export type Action =
  | { readonly kind: 'created' }
  | { readonly kind: 'added' | 'removed', readonly account: Account }

/** Where a forwarded message was written. `postId` in a channel, else `null`. */
export interface Forward {
  readonly from: Account | Channel
  readonly date: number
  readonly postId: number | null
}

/** What can be written: the content of a message. */
export interface Draft {
  readonly chat: Chat
  /** Who wrote it; a post of a channel shows only the channel. */
  readonly author: Account
  readonly text?: string
  readonly entities?: readonly TextEntity[]
  readonly media?: StoredFile | null
  readonly markup?: Markup | null
  readonly replyTo?: Message | null
  readonly groupedId?: bigint | null
  readonly forward?: Forward | null
  readonly action?: Action | null
}

/** A message that exists once, under its own id in each box that holds it. Dates in unix seconds. */
export interface Message {
  readonly chat: Chat
  readonly author: Account
  readonly date: number
  /** Kept after it is deleted. */
  readonly ids: Map<Box, number>
  text: string
  entities: readonly TextEntity[]
  media: StoredFile | null
  markup: Markup | null
  readonly replyTo: Message | null
  readonly groupedId: bigint | null
  readonly forward: Forward | null
  readonly action: Action | null
  /** The bot that wrote last before it: a command without a name is for that bot. */
  readonly lastBot: Account | null
  editDate: number | null
}

/** The fields of a message that can change. */
export type Changes = Partial<Pick<Message, 'text' | 'entities' | 'media' | 'markup'>>

/** Whether `message` is a post of a broadcast channel. */
export function isPost (message: Message): boolean {
  return message.chat.kind === 'channel' && message.chat.broadcast
}

/** Writes a message into every box that gets it. `date` in unix seconds. */
export function writeMessage (draft: Draft, date: number): { message: Message, deliveries: Delivery[] } {
  const message = fromDraft(draft, date)
  const deliveries = boxesFor(message).flatMap(box => {
    const id = box.nextId++
    box.messages.set(id, message)
    message.ids.set(box, id)
    return toHolders(message, box, record(box, 'new', message, id, date))
  })
  if (message.chat.kind !== 'private' && message.author.bot !== null) message.chat.lastBot = message.author
  return { message, deliveries }
}

/** Changes a message wherever it is held. `date` in unix seconds. */
export function changeMessage (message: Message, changes: Changes, date: number): Delivery[] {
  Object.assign(message, changes)
  message.editDate = date
  return boxesHolding(message).flatMap(box => toHolders(message, box, record(box, 'edit', message, idIn(message, box), date)))
}

/** Deletes messages from all boxes, or from `only` one of them. `date` in unix seconds. */
export function deleteMessages (messages: readonly Message[], date: number, only?: Box): Delivery[] {
  const boxes = only === undefined ? new Set(messages.flatMap(boxesHolding)) : [only]
  return [...boxes].flatMap(box => deleteFrom(box, messages.filter(message => isHeld(message, box)), date))
}

function deleteFrom (box: Box, messages: readonly Message[], date: number): Delivery[] {
  const first = messages[0]
  if (first === undefined) return []
  const event = recordDeletion(box, messages.map(message => idIn(message, box)), date)
  return toHolders(first, box, event, account => messages.some(message => isVisible(account, message)))
}

/** The id that `message` has, or had, in `box`. Throws where the box never held it. */
export function idIn (message: Message, box: Box): number {
  const id = message.ids.get(box)
  if (id === undefined) throw new Error('the message was never in that box')
  return id
}

/** Whether `box` still holds `message`. */
export function isHeld (message: Message, box: Box): boolean {
  const id = message.ids.get(box)
  return id !== undefined && box.messages.get(id) === message
}

/** The box through which `account` sees the messages of `chat`. */
export function boxOf (chat: Chat, account: Account): Box {
  return chat.kind === 'channel' ? chat.box : account.box
}

function fromDraft (draft: Draft, date: number): Message {
  return {
    chat: draft.chat,
    author: draft.author,
    date,
    ids: new Map(),
    text: draft.text ?? '',
    entities: draft.entities ?? [],
    media: draft.media ?? null,
    markup: draft.markup ?? null,
    replyTo: draft.replyTo ?? null,
    groupedId: draft.groupedId ?? null,
    forward: draft.forward ?? null,
    action: draft.action ?? null,
    lastBot: draft.chat.kind === 'private' ? null : draft.chat.lastBot,
    editDate: null
  }
}

function boxesFor (message: Message): Box[] {
  if (message.chat.kind === 'channel') return [message.chat.box]
  return peopleOf(message.chat).filter(account => isVisible(account, message)).map(account => account.box)
}

/** Whose box it is; for a channel's, whom it shows the message to. The others find a gap in its `pts` next time, and ask for the difference. */
function holdersOf (box: Box, shows: (account: Account) => boolean): Account[] {
  if (box.account !== null) return [box.account]
  return box.channel === null ? [] : peopleOf(box.channel).filter(shows)
}

function toHolders (message: Message, box: Box, event: BoxEvent, shows = (account: Account) => isVisible(account, message)): Delivery[] {
  return holdersOf(box, shows).map(account => ({ account, box, event }))
}

/** The boxes that hold `message`, without those of people who left its chat: what is done to it now is kept from them. */
function boxesHolding (message: Message): Box[] {
  return [...message.ids.keys()].filter(box => isHeld(message, box) && (box.account === null || isIn(message.chat, box.account)))
}
