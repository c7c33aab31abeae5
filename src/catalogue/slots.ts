import { sql, type Transaction } from 'kysely'
import type { Tables } from '../database/tables.js'
import type { Db } from '../database/connect.js'
import { inTransaction } from '../database/transaction.js'
import { LOCK_CLASS, LOCKS } from '../database/locks.js'
import type { BotId, Slot } from '../media.js'
import { dropWalks } from './backfills.js'
import { SLOTS } from './columns.js'
import { clearColumn, findUsedColumns } from './copy-columns.js'

/**
 * Gives each bot of `botIds`, in the order of their tokens, its slot; `null`: none is to be had before it has logged in
 * (`takeSlot`). Known bots keep theirs. The first bots ever get the slots of their tokens' positions, so that an adopted
 * table's columns belong to whom they belonged; later ones get the lowest slot that is free and whose column is empty.
 *
 * A bot that has never logged in and is configured no longer was a mistyped token: it gives its slot back, to whoever
 * has its position now.
 */
export async function assignSlots (db: Db, botIds: readonly BotId[]): Promise<Map<BotId, Slot | null>> {
  return await withSlotsLocked(db, async transaction => {
    const isFirst = await countBots(transaction) === 0
    const byPosition = isFirst ? SLOTS : await takeBackUnused(transaction, botIds)
    const taken = await readSlots(transaction)
    const isSettled = botIds.every(botId => taken.has(botId))
    const used = isFirst || isSettled ? new Set<Slot>() : await findUsedColumns(transaction)
    const plan = planSlots(botIds, taken, byPosition, used)
    for (const [botId, slot] of plan) if (!taken.has(botId)) await writeSlot(transaction, botId, slot)
    return plan
  })
}

/** Slots for bots in token order: their own, else that of their position if in `byPosition`, else the lowest free one not in `used`. */
function planSlots (botIds: readonly BotId[], taken: ReadonlyMap<BotId, Slot>, byPosition: readonly Slot[], used: ReadonlySet<Slot>): Map<BotId, Slot | null> {
  const plan = new Map<BotId, Slot | null>(botIds.map((botId, index) => {
    const position = byPosition.find(slot => slot === index + 1)
    return [botId, taken.get(botId) ?? position ?? null]
  }))
  const gone = new Set([...taken.values(), ...plan.values()])
  const free = SLOTS.filter(slot => !gone.has(slot) && !used.has(slot))
  for (const [botId, slot] of plan) plan.set(botId, slot ?? free.shift() ?? null)
  return plan
}

/**
 * Gives a bot that has logged in a slot where `assignSlots` had none: a free one, else that of the bot which has been
 * absent longest and is not among `configured`. The column is cleared and given away at once, and what that bot was yet
 * to walk through ends. To be called only after the log-in, so that a mistyped token costs no good bot its column. Throws
 * where all slots belong to configured bots.
 */
export async function takeSlot (db: Db, botId: BotId, configured: readonly BotId[]): Promise<Slot> {
  return await withSlotsLocked(db, async transaction => {
    const taken = await readSlots(transaction)
    const own = taken.get(botId)
    if (own !== undefined) return own
    const slot = await findFreeSlot(transaction, taken) ?? await evictLongestAbsent(transaction, [...configured, botId])
    await clearColumn(transaction, slot)
    await writeSlot(transaction, botId, slot)
    return slot
  })
}

/** Notes that these bots are here now, and their user names where known. */
export async function touchBots (db: Db, botIds: readonly BotId[], usernames: ReadonlyMap<BotId, string> = new Map()): Promise<void> {
  await inTransaction(db, async transaction => {
    // In one order for everybody: two processes that touch the same bots never block each other for good.
    for (const botId of [...botIds].sort((a, b) => Number(BigInt(a) - BigInt(b)))) {
      const username = usernames.get(botId)
      await transaction.updateTable('teleferry_bots')
        .set({ last_seen_at: sql<Date>`now()`, ...(username !== undefined && { username }) })
        .where('bot_id', '=', botId)
        .execute()
    }
  })
}

/**
 * The slots that these bots have, held until the transaction ends: whoever wants to give one away waits that long.
 * To be called before media_files is written, for all bots at once: the one who gives away locks in that order too.
 */
export async function lockSlots (transaction: Transaction<Tables>, botIds: readonly BotId[]): Promise<Map<BotId, Slot>> {
  const rows = await transaction.selectFrom('teleferry_bots')
    .where('bot_id', 'in', botIds)
    .select(['bot_id', 'slot'])
    .orderBy('bot_id')
    // The weakest lock that a change of the unique column "slot" waits for; touchBots need not wait.
    .forKeyShare()
    .execute()
  return new Map(rows.flatMap(row => row.slot === null ? [] : [[row.bot_id, row.slot] as const]))
}

async function withSlotsLocked<T> (db: Db, work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
  return await inTransaction(db, async transaction => {
    await sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCKS.slots})`.execute(transaction)
    return await work(transaction)
  })
}

async function countBots (transaction: Transaction<Tables>): Promise<number> {
  const rows = await transaction.selectFrom('teleferry_bots').select('bot_id').limit(1).execute()
  return rows.length
}

async function takeBackUnused (transaction: Transaction<Tables>, configured: readonly BotId[]): Promise<Slot[]> {
  const rows = await transaction.deleteFrom('teleferry_bots')
    .where('last_seen_at', 'is', null)
    .$if(configured.length > 0, query => query.where('bot_id', 'not in', configured))
    .returning(['bot_id', 'slot'])
    .execute()
  await dropWalks(transaction, rows.map(({ bot_id: botId }) => botId))
  return rows.flatMap(({ slot }) => slot ?? [])
}

/** All slots, with every bot's row locked: writers that hold one have ended, and later ones see what this transaction made of it. */
async function readSlots (transaction: Transaction<Tables>): Promise<Map<BotId, Slot>> {
  const rows = await transaction.selectFrom('teleferry_bots').select(['bot_id', 'slot']).orderBy('bot_id').forUpdate().execute()
  return new Map(rows.flatMap(row => row.slot === null ? [] : [[row.bot_id, row.slot] as const]))
}

/** The lowest free slot, those before whose column nobody has written. */
async function findFreeSlot (transaction: Transaction<Tables>, taken: ReadonlyMap<BotId, Slot>): Promise<Slot | undefined> {
  const gone = new Set(taken.values())
  const free = SLOTS.filter(slot => !gone.has(slot))
  if (free.length === 0) return undefined
  const used = await findUsedColumns(transaction)
  return free.find(slot => !used.has(slot)) ?? free[0]
}

async function evictLongestAbsent (transaction: Transaction<Tables>, keep: readonly BotId[]): Promise<Slot> {
  const bot = await transaction.selectFrom('teleferry_bots')
    .where('slot', 'is not', null)
    .where('bot_id', 'not in', keep)
    .select(['bot_id', 'slot'])
    .orderBy(sql`last_seen_at ASC NULLS FIRST`)
    .orderBy('bot_id')
    .limit(1)
    .executeTakeFirst()
  if (bot === undefined || bot.slot === null) throw new Error('all 11 slots belong to bots that are configured: a twelfth bot cannot have one')
  await writeSlot(transaction, bot.bot_id, null)
  await dropWalks(transaction, [bot.bot_id])
  return bot.slot
}

async function writeSlot (transaction: Transaction<Tables>, botId: BotId, slot: Slot | null): Promise<void> {
  await transaction.insertInto('teleferry_bots')
    .values({ bot_id: botId, slot })
    .onConflict(conflict => conflict.column('bot_id').doUpdateSet({ slot }))
    .execute()
}
