import { matches } from './match.js'
import type { ConnectionFacts, Removable, Shape } from './types.js'

/** A cap on bytes per second, paced: what is asked for now may leave at the time that is returned. */
export interface Bucket {
  readonly bytesPerSecond: number
  /** Reserves the next `bytes`; the time in ms at which the last of them has left. */
  reserve (bytes: number, now: number): number
}

// A timer that fires a little late must not cost bandwidth.
const slackMs = 20

function createBucket (bytesPerSecond: number): Bucket {
  let freeAt = 0
  return {
    bytesPerSecond,
    reserve: (bytes, now) => {
      freeAt = Math.max(freeAt, now - slackMs) + bytes / bytesPerSecond * 1000
      return freeAt
    }
  }
}

/** How one connection is slowed at present. */
export interface Slowness {
  readonly latencyMs: number
  readonly buckets: readonly Bucket[]
}

/** The shapes in force. */
export interface Shapes {
  add (shape: Shape): Removable
  of (facts: ConnectionFacts): Slowness
}

const none: Slowness = { latencyMs: 0, buckets: [] }

/** No shapes yet. All that match a connection act on it together. */
export function createShapes (): Shapes {
  const active = new Map<Shape, Map<string, Bucket>>()

  const slownessOf = (facts: ConnectionFacts): Slowness => {
    const matching = [...active].filter(([shape]) => matches(shape.match, facts))
    return {
      latencyMs: matching.reduce((sum, [shape]) => sum + (shape.latencyMs ?? 0), 0),
      buckets: matching.flatMap(([shape, buckets]) => bucketFor(shape, buckets, facts))
    }
  }
  return {
    add: shape => {
      checkShape(shape)
      active.set(shape, new Map())
      return { remove: () => { active.delete(shape) } }
    },
    of: facts => active.size === 0 ? none : slownessOf(facts)
  }
}

function bucketFor (shape: Shape, buckets: Map<string, Bucket>, facts: ConnectionFacts): Bucket[] {
  if (shape.bytesPerSecond === undefined) return []
  const key = sharedBy(shape, facts)
  const bucket = buckets.get(key) ?? createBucket(shape.bytesPerSecond)
  buckets.set(key, bucket)
  return [bucket]
}

function sharedBy (shape: Shape, facts: ConnectionFacts): string {
  switch (shape.sharedBy ?? 'connection') {
    case 'connection': return `connection ${facts.connectionId}`
    case 'account': return facts.accountId === null ? `connection ${facts.connectionId}` : `account ${facts.accountId}`
    case 'dc': return `dc ${facts.dcId}`
    case 'all': return 'all'
  }
}

function checkShape ({ latencyMs = 0, bytesPerSecond = 1 }: Shape): void {
  if (!(latencyMs >= 0)) throw new TypeError(`latencyMs must be 0 or more, not ${latencyMs}`)
  if (!(bytesPerSecond > 0)) throw new TypeError(`bytesPerSecond must be above 0, not ${bytesPerSecond}; use freeze() to stop a line`)
}
