import { sql, type Insertable, type Selectable, type Transaction } from 'kysely'
import type { Db } from '../database/connect.js'
import { LOCK_CLASS, LOCKS } from '../database/locks.js'
import type { Tables, UpdateStatesTable } from '../database/tables.js'
import { StateBehind } from '../errors.js'
import type { BotId, BoxId, ChannelState, ChatId, OwnState, Progress, UpdateStates } from '../media.js'

type Row = Omit<Selectable<UpdateStatesTable>, 'updated_at'>

/** The number that stands for a bot's own box, where others have their chat's. */
const ownBox = '0' as ChatId

const STATE_COLUMNS = ['bot_id', 'chat_id', 'pts', 'qts', 'seq', 'date', 'last_message_id'] as const

/** Up to where everything that Telegram told a bot is stored. */
export async function loadUpdateStates (db: Db, botId: BotId): Promise<UpdateStates> {
  const rows = await db.selectFrom('teleferry_update_states').where('bot_id', '=', botId).select(STATE_COLUMNS).execute()
  const own = rows.find(row => row.chat_id === ownBox)
  return { own: own === undefined ? null : ownStateOf(own), channels: new Map(rows.filter(row => row !== own).map(row => [row.chat_id, channelStateOf(row)])) }
}

/** Steps of one bot's boxes, decided one after another; `save` stores where that led. */
export interface Steps {
  /** The highest message id that is stored of a box, 0 for none; `null`: nothing is known of it. */
  lastMessageId (box: BoxId): number | null
  /** Whether what this step covers is to be stored: false where that was done before. Throws StateBehind where what lies before it is not stored. */
  take (progress: Progress): boolean
  save (): Promise<void>
}

/** Locks the states of the boxes that these steps concern until the transaction ends: another process with the same bot waits, and sees what was stored. */
export async function lockUpdateStates (transaction: Transaction<Tables>, botId: BotId, progress: readonly Progress[]): Promise<Steps> {
  // There is no row yet that could be locked.
  if (progress.some(({ kind }) => kind === 'began' || kind === 'reset')) await sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCKS.updateStates})`.execute(transaction)
  const boxes = [...new Set(progress.map(({ box }) => box))]
  const rows = await transaction.selectFrom('teleferry_update_states')
    .where('bot_id', '=', botId)
    .where('chat_id', 'in', boxes.map(chatIdOf))
    .select(STATE_COLUMNS)
    .orderBy('chat_id')
    .forUpdate()
    .execute()
  const stored = new Map<ChatId, Row | null>(rows.map(row => [row.chat_id, row]))
  const changed = new Set<ChatId>()

  function take (progress: Progress): boolean {
    const chatId = chatIdOf(progress.box)
    const before = stored.get(chatId) ?? null
    if (!isNext(before, progress, botId)) return false
    stored.set(chatId, progress.kind === 'closed' ? null : advanced(before, progress, botId))
    changed.add(chatId)
    return true
  }

  const lastMessageId = (box: BoxId) => stored.get(chatIdOf(box))?.last_message_id ?? null

  return { lastMessageId, take, save: () => saveRows(transaction, botId, [...changed].map(chatId => [chatId, stored.get(chatId) ?? null])) }
}

function isNext (before: Row | null, progress: Progress, botId: BotId): boolean {
  // Another process with the same bot may have begun here, too. What came to the bot itself between the two beginnings is for the first to bring,
  // also where it is the last to store its beginning; a channel begins with a message that it brings along.
  if (progress.kind === 'began') return before === null || (progress.box === 'own' ? before.pts > progress.to.pts : before.pts < progress.to.pts)
  if (progress.kind !== 'moved') return true
  if (before === null || before.pts < progress.from) throw new StateBehind(botId)
  // What was looked for without a difference moves nothing on, and may lie above what another process has stored.
  return before.pts <= progress.from || progress.from === progress.to.pts || before.pts < progress.to.pts
}

/** The row after a step. Where another process is further already, that holds, unless Telegram itself went back, or what lies between was never stored. */
function advanced (before: Row | null, { kind, box, to }: Exclude<Progress, { kind: 'closed' }>, botId: BotId): Row {
  const kept = kind === 'reset' || (kind === 'began' && box === 'own') ? null : before
  const last = Math.max(before?.last_message_id ?? 0, to.lastMessageId)
  return { bot_id: botId, chat_id: chatIdOf(box), ...laterOf(kept, to), last_message_id: last }
}

function laterOf (kept: Row | null, to: ChannelState | OwnState): Pick<Row, 'pts' | 'qts' | 'seq' | 'date'> {
  if (kept !== null && kept.pts > to.pts) return kept
  return 'qts' in to
    ? { pts: to.pts, qts: Math.max(kept?.qts ?? 0, to.qts), seq: to.seq, date: Math.max(kept?.date ?? 0, to.date) }
    : { pts: to.pts, qts: null, seq: null, date: null }
}

async function saveRows (transaction: Transaction<Tables>, botId: BotId, rows: ReadonlyArray<readonly [ChatId, Row | null]>): Promise<void> {
  const closed = rows.filter(([, row]) => row === null).map(([chatId]) => chatId)
  if (closed.length > 0) await transaction.deleteFrom('teleferry_update_states').where('bot_id', '=', botId).where('chat_id', 'in', closed).execute()
  const moved: Array<Insertable<UpdateStatesTable>> = rows.flatMap(([, row]) => row === null ? [] : [row])
  if (moved.length === 0) return
  await transaction.insertInto('teleferry_update_states')
    .values(moved.sort((a, b) => a.chat_id < b.chat_id ? -1 : 1))
    .onConflict(conflict => conflict.columns(['bot_id', 'chat_id']).doUpdateSet(({ ref }) => ({
      pts: ref('excluded.pts'),
      qts: ref('excluded.qts'),
      seq: ref('excluded.seq'),
      date: ref('excluded.date'),
      last_message_id: ref('excluded.last_message_id'),
      updated_at: sql<Date>`now()`
    })))
    .execute()
}

function chatIdOf (box: BoxId): ChatId {
  return box === 'own' ? ownBox : box
}

function channelStateOf (row: Row): ChannelState {
  return { pts: row.pts, lastMessageId: row.last_message_id }
}

function ownStateOf (row: Row): OwnState {
  return { ...channelStateOf(row), qts: row.qts ?? 0, seq: row.seq ?? 0, date: row.date ?? 0 }
}
