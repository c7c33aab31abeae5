/** One way to get a chunk. Times in ms. */
export interface Option {
  /** When the request may start: now or earlier; Infinity until something ends. */
  readonly opensAt: number
  /** How long it would take if it began now; null while nothing is known of its lane. */
  readonly expectedMs: number | null
  /** Something on its lane is long overdue. */
  readonly isSuspect: boolean
  /** The stream gets other chunks this way. */
  readonly isInUse: boolean
}

/** Take `start` now, or ask again at `until`; at Infinity when something changes. */
export type Choice<T> = { readonly start: T } | { readonly until: number }

/** What is supposed of a lane of which nothing is known: as much as of the best other one, or this where none is known, in ms. */
const unknownMs = 300

/** A stream stays where it is unless another way is that much better: what works is kept. */
const loyalty = 0.7

/** Ways that differ by less are as good as each other: as a factor and in ms. */
const alike = { factor: 1.5, ms: 20 }

/**
 * The way by which a chunk comes soonest, at random among those that are about equal. What is slower than waiting for a
 * better one is taken only where the chunk still comes before the viewer needs it, `neededInMs` from now.
 */
export function choose<T extends Option> (options: readonly T[], neededInMs: number, now: number, random: () => number): Choice<T> {
  const sound = options.filter(({ isSuspect }) => !isSuspect)
  const pool = sound.length > 0 ? sound : options
  const open = pool.filter(({ opensAt }) => opensAt <= now)
  const until = Math.min(...pool.map(({ opensAt }) => opensAt))
  if (open.length === 0) return { until }
  const known = pool.flatMap(({ expectedMs }) => expectedMs ?? [])
  const supposed = known.length === 0 ? unknownMs : Math.min(...known)
  const costs = open.map(option => ({ option, expected: option.expectedMs ?? supposed, cost: (option.expectedMs ?? supposed) * (option.isInUse ? loyalty : 1) }))
  const better = Math.min(...pool.filter(({ opensAt }) => opensAt > now).map(({ opensAt, expectedMs }) => (expectedMs ?? supposed) + (opensAt === Infinity ? 0 : opensAt - now)))
  const timely = costs.filter(({ expected }) => expected <= Math.max(aboutEqual(better), neededInMs))
  if (timely.length === 0) return { until: Math.min(...pool.filter(({ opensAt }) => opensAt > now).map(({ opensAt }) => opensAt)) }
  const best = Math.min(...timely.map(({ cost }) => cost))
  return { start: draw(timely.filter(({ cost }) => cost <= aboutEqual(best)), random) }
}

function aboutEqual (ms: number): number {
  return ms * alike.factor + alike.ms
}

/** One of them at random, the cheaper the likelier. */
function draw<T> (candidates: ReadonlyArray<{ readonly option: T, readonly cost: number }>, random: () => number): T {
  const weights = candidates.map(({ cost }) => 1 / (cost + alike.ms))
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  const drawn = candidates.find((_, index) => (left -= weights[index] ?? 0) < 0) ?? candidates.at(-1)
  if (drawn === undefined) throw new RangeError('there is nothing to choose from')
  return drawn.option
}
