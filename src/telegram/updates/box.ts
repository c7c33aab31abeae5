import { type Content, joinContents } from './content.js'

/** An update that brings a counter to `pts` and counts `count`. */
export interface Change {
  readonly pts: number
  readonly count: number
  readonly content: Content
}

/** What is certain: everything that happened between two values of the counter. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly content: Content
}

/** What an update is to somebody who stands at `local`: core.telegram.org/api/updates#update-handling */
export function judge (local: number, { pts, count }: Pick<Change, 'pts' | 'count'>): 'next' | 'known' | 'gap' {
  if (local + count === pts) return 'next'
  return local + count > pts ? 'known' : 'gap'
}

/** How many updates that came too early are kept; those beyond are left to the difference. */
const heldLimit = 1_000

/**
 * A counter and what belongs to it, in order. Its modes: `following`, where updates that fit are taken and others held for a
 * moment, since they may only be late; `doubted`, where something may have been missed, until an update fits or a difference
 * is asked for; `fetching`, where everything is held until the difference is whole. Times in ms.
 */
export interface Box {
  /** `null`: not known yet. */
  at (): number | null
  /** Takes an update; returns what is certain now, which may be more or less than this one. */
  offer (change: Change, now: number): Stretch | null
  /** Something may have been missed; where Telegram said so, everything up to `reach` at least. */
  doubt (reach?: number): void
  /** When the difference is to be asked for; `null`: not as things are. */
  dueAt (gapMs: number): number | null
  begin (): void
  /** Everything up to `pts` is known from a difference; with `isWhole` that was all. Returns what can be said of the held ones. */
  settle (pts: number, isWhole: boolean, now: number): Stretch | null
  /** Forgets where it stands. */
  forget (): void
}

export function createBox (pts: number | null): Box {
  let at = pts
  let mode: 'following' | 'doubted' | 'fetching' = pts === null ? 'doubted' : 'following'
  const held: Change[] = []
  let gapSince: number | null = null
  let needed = 0
  let isIncomplete = false

  function advance (now: number): Stretch | null {
    if (at === null || mode === 'fetching') return null
    const from = at
    const taken: Content[] = []
    for (let change = held[0]; change !== undefined && judge(at, change) !== 'gap'; change = held[0]) {
      held.shift()
      if (judge(at, change) === 'known') continue
      at = change.pts
      taken.push(change.content)
      // Nothing lies between this one and what was known before.
      if (change.count > 0 && at >= needed && !isIncomplete) mode = 'following'
    }
    gapSince = held.length === 0 ? null : taken.length > 0 ? now : gapSince ?? now
    return taken.length === 0 ? null : { from, to: at, content: joinContents(taken) }
  }

  return {
    at: () => at,
    offer: (change, now) => {
      if (at !== null && mode !== 'fetching' && judge(at, change) === 'known') return null
      if (held.length >= heldLimit) {
        isIncomplete = true
        if (mode === 'following') mode = 'doubted'
        return null
      }
      held.push(change)
      held.sort((a, b) => a.pts - b.pts)
      return advance(now)
    },
    doubt: (reach = 0) => {
      needed = Math.max(needed, reach)
      if (mode === 'following') mode = 'doubted'
      // The difference that is under way may go that far.
      if (mode === 'fetching' && reach === 0) isIncomplete = true
    },
    dueAt: gapMs => {
      if (mode === 'fetching') return null
      if (mode === 'doubted') return -Infinity
      return gapSince === null ? null : gapSince + gapMs
    },
    begin: () => {
      mode = 'fetching'
      isIncomplete = false
    },
    settle: (reached, isWhole, now) => {
      at = reached
      if (!isWhole) return null
      mode = isIncomplete || reached < needed ? 'doubted' : 'following'
      needed = 0
      gapSince = null
      return advance(now)
    },
    forget: () => { at = null }
  }
}
