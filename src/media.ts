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

/**
 * A message that one bot received. `earlier`: it was written before the bot began to look there, so it is no news to anybody.
 * `media` is `null` where it carries no file. `date` in unix seconds.
 */
export interface ReceivedMessage {
  readonly kind: 'new' | 'edited' | 'earlier'
  readonly chat: Chat
  readonly messageId: number
  readonly date: number
  readonly senderId: string | null
  readonly text: string
  readonly media: SeenMedia | null
}

/** Messages that are gone. Without a chat: of the bot's own box, where ids are the bot's own. */
export interface Deletion {
  readonly chatId: ChatId | null
  readonly messageIds: readonly number[]
}

/**
 * Where what happens to a bot's messages is counted: `own` holds its private chats and basic groups, and every channel and
 * supergroup is a box of itself. core.telegram.org/api/updates
 */
export type BoxId = 'own' | ChatId

/** Up to where a box is known. `lastMessageId`: the highest id seen in it, 0 for none. */
export interface ChannelState {
  readonly pts: number
  readonly lastMessageId: number
}

/** The same of a bot's own box. `date` in unix seconds: when the bot last knew everything. */
export interface OwnState extends ChannelState {
  readonly qts: number
  readonly seq: number
  readonly date: number
}

/** Up to where a bot knows everything. `own`: `null` before its first log-in. */
export interface UpdateStates {
  readonly own: OwnState | null
  readonly channels: ReadonlyMap<ChatId, ChannelState>
}

/** Message ids, both included. */
export interface MessageRange {
  readonly from: number
  readonly to: number
}

/**
 * The step of one box that a batch covers.
 * - `moved`: what happened after the pts `from`.
 * - `began`: nothing was known of the box. `reset`: what was known does not count any more.
 * - `closed`: the bot has no access any more.
 * `missing` are messages that Telegram tells nothing of any more: those above the last one that was ever seen are to be walked through.
 */
export type Progress =
  | { readonly kind: 'moved', readonly box: BoxId, readonly from: number, readonly to: ChannelState | OwnState, readonly missing?: MessageRange }
  | { readonly kind: 'began' | 'reset', readonly box: BoxId, readonly to: ChannelState | OwnState, readonly missing?: MessageRange }
  | { readonly kind: 'closed', readonly box: ChatId }

/** What one bot received in one box, in order, and the state that it covers: to be stored together. */
export interface Batch {
  readonly botId: BotId
  readonly messages: readonly ReceivedMessage[]
  readonly deletions: readonly Deletion[]
  readonly progress: Progress
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

/** Messages of a channel or supergroup that are to be walked through. Ids `from` and `to` are both included; `to`: `null`, the newest one. */
export interface WalkRequest {
  readonly chatId: ChatId
  readonly from: number
  readonly to: number | null
}

/** A walk as it stands. `botId`: the only bot that walks; `null`: all that are members. */
export interface Walk extends WalkRequest {
  readonly id: string
  readonly botId: BotId | null
  /** The next message id; `null`: not begun. */
  readonly cursor: number | null
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  /** Why it failed. */
  readonly reason: string | null
  /** What was found so far. */
  readonly messages: number
  readonly files: number
  /** The message that shows how far it is; `null`: none. */
  readonly notice: { readonly botId: BotId, readonly chatId: ChatId, readonly messageId: number } | null
}

/** A message of a channel as one bot sees it. `isUnreadable`: it is of a kind that is newer than this program, so nobody knows what it carries. */
export interface FoundMessage {
  readonly messageId: number
  readonly media: SeenMedia | null
  readonly isUnreadable?: true
}

/** How one bot fares. `reason` says why it is not online; `until` when it may be back. */
export interface BotReport {
  readonly botId: BotId
  readonly username: string | null
  readonly state: 'connecting' | 'online' | 'resting' | 're-authorising' | 'gone'
  readonly reason?: string
  readonly until?: Date
}
