import type { ColumnType, GeneratedAlways } from 'kysely'
import type { BotId, ChatId, MediaId, ReceivedMessage, Slot } from '../media.js'

/** PostgreSQL's BIGINT arrives as decimal text, because a `number` may be too small for it. */
type BigintText = ColumnType<string | null, number | string | null, number | string | null>

/** A time that the database fills in. In adopted tables it may lack a time zone: select it with a cast. */
type Time = ColumnType<Date | null, never, Date>

export type CopyColumn = `b_${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11}`

export interface MediaFilesTable extends Record<CopyColumn, ColumnType<string | null, string | null | undefined, string | null>> {
  unique_file_id: MediaId
  file_name: string | null
  file_size: BigintText
  mime_type: string | null
  created_at: Time
  updated_at: Time
}

export interface BotsTable {
  bot_id: BotId
  slot: Slot | null
  username: string | null
  last_seen_at: Time
}

export interface BotSessionsTable {
  bot_id: BotId
  number: number
  data: Buffer | null
  /** The process that uses it. */
  holder: string | null
  updated_at: Time
}

export interface ProcessesTable {
  id: string
  beat: ColumnType<string, never, string>
  beat_at: Time
}

export interface SightingsTable {
  bot_id: BotId
  chat_id: ChatId
  message_id: number
  unique_file_id: MediaId
  seen_at: Time
}

export interface AnswersTable {
  chat_id: ChatId
  message_id: number
  bot_id: BotId
}

export interface StorageCopiesTable {
  unique_file_id: MediaId
  bot_id: BotId
  message_id: ColumnType<number | null, never, number>
  claimed_at: Time
}

export interface LinksTable {
  unique_file_id: MediaId
  generation: ColumnType<number, number | undefined, number>
  blocked: ColumnType<boolean, boolean | undefined, boolean>
  occasion: string | null
  updated_at: Time
}

export interface UploadsTable {
  unique_file_id: MediaId
  user_id: ColumnType<string, string, never>
  first_at: Time
}

export interface UpdateStatesTable {
  bot_id: BotId
  /** `0`: the bot's own box. */
  chat_id: ChatId
  pts: number
  qts: number | null
  seq: number | null
  date: number | null
  last_message_id: number
  updated_at: Time
}

export interface UnansweredTable {
  bot_id: BotId
  chat_id: ChatId
  message_id: number
  /** JSON. */
  message: ColumnType<ReceivedMessage, string, never>
  received_at: Time
}

/** `cursor_id` is the next message id; `from_id` and `to_id` are both included. */
export interface BackfillsTable {
  id: GeneratedAlways<string>
  chat_id: ChatId
  bot_id: ColumnType<BotId | null, BotId | null | undefined, BotId | null>
  from_id: ColumnType<number, number | undefined, number>
  to_id: ColumnType<number | null, number | null | undefined, number | null>
  /** Whether the newest message was asked for as the last one; `to_id` is known when the walk has begun. */
  to_newest: boolean
  cursor_id: ColumnType<number | null, number | null | undefined, number | null>
  state: ColumnType<BackfillState, BackfillState | undefined, BackfillState>
  reason: ColumnType<string | null, string | null | undefined, string | null>
  messages: ColumnType<number, number | undefined, number>
  files: ColumnType<number, number | undefined, number>
  /** `gap`, `cli` or a user's id. */
  asked_by: string
  notice_bot_id: ColumnType<BotId | null, BotId | null | undefined, BotId | null>
  notice_chat_id: ColumnType<ChatId | null, ChatId | null | undefined, ChatId | null>
  notice_message_id: ColumnType<number | null, number | null | undefined, number | null>
  /** The process that walks. */
  holder: ColumnType<string | null, string | null | undefined, string | null>
  created_at: Time
  started_at: Time
  updated_at: Time
  finished_at: Time
}

export type BackfillState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

export interface StorageRightsTable {
  bot_id: BotId
  chat_id: ChatId
  problem: string | null
  checked_at: Time
}

/** The database's tables by name. */
export interface Tables {
  media_files: MediaFilesTable
  teleferry_bots: BotsTable
  teleferry_bot_sessions: BotSessionsTable
  teleferry_processes: ProcessesTable
  teleferry_storage_rights: StorageRightsTable
  teleferry_sightings: SightingsTable
  teleferry_answers: AnswersTable
  teleferry_storage_copies: StorageCopiesTable
  teleferry_links: LinksTable
  teleferry_uploads: UploadsTable
  teleferry_update_states: UpdateStatesTable
  teleferry_unanswered: UnansweredTable
  teleferry_backfills: BackfillsTable
}
