/** A moment by both of the machine's clocks, in ms. */
export interface Moment {
  readonly wall: number
  readonly steady: number
}

/** Now. */
export function moment (): Moment {
  return { wall: Date.now(), steady: performance.now() }
}

/**
 * How many ms lie between two moments, at least: the steady clock stands still while a machine sleeps, the wall clock may be
 * set back, so the one that says more counts. Where both say too much, a lease is given up for nothing, and no harm is done.
 */
export function msBetween (earlier: Moment, later: Moment): number {
  return Math.max(later.wall - earlier.wall, later.steady - earlier.steady)
}
