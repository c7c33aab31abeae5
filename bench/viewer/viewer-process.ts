import { setTimeout as sleep } from 'node:timers/promises'
import { loadContent } from '../product.js'
import { answer } from '../stage/answer.js'
import { startVisit, type Visit, type VisitSpec, type VisitState } from './visit.js'

/** A process full of viewers. */
export type ViewerCommands = typeof commands

const { syntheticContent } = await loadContent()
const visits = new Map<number, Visit>()
let started = 0

function begin (spec: VisitSpec): number {
  const content = spec.check === undefined ? null : syntheticContent(spec.check.name, spec.check.size)
  visits.set(++started, startVisit(spec, content))
  return started
}

function visitOf (id: number): Visit {
  const visit = visits.get(id)
  if (visit === undefined) throw new Error(`there is no visit ${id}`)
  return visit
}

const commands = {
  /** Starts visits, evenly over `overMs`; returns their ids. */
  start: async (specs: readonly VisitSpec[], overMs = 0): Promise<number[]> => {
    const ids: number[] = []
    for (const spec of specs) {
      ids.push(begin(spec))
      if (overMs > 0) await sleep(overMs / specs.length)
    }
    return ids
  },
  /** How they stand now. */
  look: (ids: readonly number[]): VisitState[] => ids.map(id => ({ ...visitOf(id).state })),
  /** How they ended. */
  finish: async (ids: readonly number[]): Promise<VisitState[]> => {
    await Promise.all(ids.map(id => visitOf(id).ended))
    const states = ids.map(id => visitOf(id).state)
    for (const id of ids) visits.delete(id)
    return states
  },
  leave: (ids: readonly number[]): void => {
    for (const id of ids) {
      visitOf(id).leave()
      visits.delete(id)
    }
  }
}

/** How often each visit is told the time, in ms. */
const beatMs = 20

/** What the clock has been told of, in ms. */
let told = Math.floor(performance.now())

// Not all of them at once: viewers who know nothing of each other do not breathe in unison.
setInterval(() => {
  const now = performance.now()
  for (told = Math.max(told, Math.floor(now) - beatMs); told < now; told++) tellEach(told % beatMs, now)
}, 1).unref()

function tellEach (phase: number, now: number): void {
  for (const [id, visit] of visits) if (id % beatMs === phase) visit.tick(now)
}

answer(commands)
