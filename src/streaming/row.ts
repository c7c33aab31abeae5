import type { ByteRange } from '../media.js'
import type { Budget } from './budget.js'
import type { Lane } from './lane.js'
import { createPlan } from './plan.js'
import type { Chunk, ChunkSizes } from './plan.js'
import { createSlot, hasFailed, isIdle } from './slot.js'
import type { Slot } from './slot.js'
import type { Flight } from './ways.js'

/** The row of a stream's chunks, from the one that the reader gets next to the one furthest ahead. Sizes in bytes. */
export type Row = ReturnType<typeof createRow>

export interface RowOptions {
  readonly range: ByteRange
  readonly sizes: ChunkSizes
  readonly fileSize: number
  readonly budget: Budget
  /** Nobody reads this answer any more. */
  recycle (answer: Uint8Array): void
}

/** A row without chunks yet. What is ahead, and what the reader has, counts against `budget`. */
export function createRow ({ range, sizes, fileSize, budget, recycle }: RowOptions) {
  const plan = createPlan(range, sizes)
  const account = budget.open()
  const slots: Slot[] = []
  /** What the reader has. */
  let given: Slot | null = null
  let ahead = 0

  function leave (slot: Slot) {
    ahead -= slot.chunk.limit
  }

  function recycleAnswer ({ outcome }: Slot) {
    if (outcome !== null && 'bytes' in outcome) recycle(outcome.bytes)
  }

  return {
    account,
    ahead: () => ahead,
    isEmpty: () => slots.length === 0,
    isPlanned: plan.isOver,
    head: () => slots[0],
    idle: () => slots.find(isIdle),
    hasFailed: () => slots.some(hasFailed),
    isFetchedFrom: (lane: Lane) => slots.some(({ flights }) => isAny(flights, lane)),
    /** The next chunk, of `atMost` bytes; null at the end. */
    next: plan.next,
    add: (chunk: Chunk): Slot => {
      const slot = createSlot(chunk, fileSize)
      plan.take(chunk)
      slots.push(slot)
      ahead += chunk.limit
      budget.hold(account, chunk.limit)
      return slot
    },
    /** The first slot goes to the reader. */
    shift: () => {
      const slot = slots.shift()
      if (slot === undefined) return
      leave(slot)
      given = slot
    },
    /** The reader asks for more, so it is done with what it has. */
    drain: () => {
      if (given === null) return
      budget.release(account, given.chunk.limit)
      recycleAnswer(given)
      given = null
    },
    /** Forgets the chunk furthest ahead, if it is here and not the next: it is fetched again when it is wanted. Returns whether there was one. */
    shed: (): boolean => {
      const last = slots.at(-1)
      if (slots.length < 2 || last === undefined || last.outcome === null || hasFailed(last)) return false
      slots.pop()
      leave(last)
      plan.giveBack(last.chunk)
      budget.release(account, last.chunk.limit)
      recycleAnswer(last)
      return true
    },
    /** What the reader has is left to it: it may be on its way still. */
    clear: () => {
      slots.forEach(recycleAnswer)
      slots.length = 0
      budget.close(account)
    }
  }
}

function isAny (flights: ReadonlySet<Flight>, lane: Lane): boolean {
  for (const flight of flights) if (flight.lane === lane) return true
  return false
}
