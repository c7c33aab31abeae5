/** The words that every part shares. Types only. */

/** A file's `file_unique_id`, the same for every bot: the key of the catalogue. */
export type MediaId = string & { readonly _: 'MediaId' }

/** A bot's numeric Telegram id, in decimal. */
export type BotId = string & { readonly _: 'BotId' }

/** A chat's id as the Bot API writes it, in decimal: users positive, basic groups negative, channels and supergroups `-100…`. */
export type ChatId = string & { readonly _: 'ChatId' }

/** A bot's column in `media_files`: 1 to 11. */
export type Slot = number

/** A half-open range of bytes. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A file as the catalogue knows it. `size` in bytes, `null` where an old row does not tell. */
export interface MediaFile {
  readonly id: MediaId
  readonly name: string | null
  readonly size: number | null
  readonly mimeType: string | null
  /** When it was first seen. Its bytes never change after that. */
  readonly createdAt: Date
}

/** What was done to a file's links. */
export interface LinkState {
  /** Part of what is signed: raising it ends all links made before. */
  readonly generation: number
  /** Nobody may download it, whatever the link. */
  readonly blocked: boolean
}

/** The Bot-API `fileId` under which one bot can read a file. */
export interface Copy {
  readonly botId: BotId
  readonly fileId: string
}

/** A file as one bot saw it in a message. `size` in bytes. */
export interface SeenMedia {
  readonly id: MediaId
  readonly fileId: string
  readonly name: string
  readonly size: number
  readonly mimeType: string
}

/** Where a bot saw a file: enough to ask for the message again when its file reference has expired. */
export interface Sighting {
  readonly botId: BotId
  readonly chatId: ChatId
  readonly messageId: number
  readonly media: SeenMedia
  /** The user who sent it, `null` where that is nobody in particular. Absent for what a bot of ours wrote: that has no bearing on whose it is. */
  readonly senderId?: string | null
}

/** Where a message stands. */
export interface Chat {
  readonly id: ChatId
  readonly kind: 'private' | 'group' | 'supergroup' | 'channel'
}

/** A message that one bot received. `media` is `null` where it carries no file. */
export interface ReceivedMessage {
  readonly kind: 'new' | 'edited'
  readonly chat: Chat
  readonly messageId: number
  readonly senderId: string | null
  readonly text: string
  readonly media: SeenMedia | null
}

/** What one bot received at once, in order. */
export interface Batch {
  readonly botId: BotId
  readonly messages: readonly ReceivedMessage[]
}

/** Text with monospace parts. */
export type RichText = ReadonlyArray<string | { readonly code: string }>

/** A button below a message: it opens an address, or sends `data`, of 1 to 64 bytes, to the bot. */
export type Button = { readonly text: string, readonly url: string } | { readonly text: string, readonly data: string }

/** What a bot writes. `buttons` are rows. */
export interface MessageContent {
  readonly text: RichText
  readonly buttons?: ReadonlyArray<readonly Button[]>
}

/** A message for a bot to send. */
export interface OutgoingMessage extends MessageContent {
  readonly chatId: ChatId
  readonly replyTo: number
}

/** A message of a bot's own, with what is to stand there instead. */
export interface EditedMessage extends MessageContent {
  readonly chatId: ChatId
  readonly messageId: number
}

/** Somebody pressed a button with `data` below a bot's message. `queryId` names the press, for the answer to it. */
export interface Press {
  readonly queryId: string
  readonly chatId: ChatId
  readonly messageId: number
  readonly userId: string
  readonly data: string
}

/** What whoever pressed is told: in passing, or in a window to be closed. */
export interface PressAnswer {
  readonly text: string
  readonly alert: boolean
}

/** How one bot fares. `reason` says why it is not online; `until` when it may be back. */
export interface BotReport {
  readonly botId: BotId
  readonly username: string | null
  readonly state: 'connecting' | 'online' | 'resting' | 'gone'
  readonly reason?: string
  readonly until?: Date
}
