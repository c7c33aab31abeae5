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

/** What is supposed of a lane of which nothing is known: as much as of the best other one, or this where none is known, in ms. */
const unknownMs = 300

/** A stream stays where it is unless another way is that much better: what works is kept. */
const loyalty = 0.7

/** Ways that differ by less are as good as each other: as a factor and in ms. */
const alike = { factor: 1.5, ms: 20 }

/**
 * The way by which a chunk comes soonest, at random among those that are about equal. What is slower than waiting for a
 * better one is taken only where the chunk still comes before the viewer needs it, `neededInMs` from now. Where none is to be
 * taken now, returns when to ask again, in ms; at Infinity when something changes.
 */
export function choose<T extends Option> (options: readonly T[], neededInMs: number, now: number, random: () => number): T | number {
  // Hundreds of streams ask in each turn of the event loop, mostly in vain: only for who finds a way are arrays made. Made for everybody, they were four fifths of all garbage.
  const isAnySound = options.some(isSound)
  const supposed = supposedMs(options, isAnySound)
  let soonest = Infinity
  let better = Infinity
  for (const { isSuspect, opensAt, expectedMs } of options) {
    if ((isAnySound && isSuspect) || opensAt <= now) continue
    soonest = Math.min(soonest, opensAt)
    better = Math.min(better, (expectedMs ?? supposed) + (opensAt === Infinity ? 0 : opensAt - now))
  }
  const latest = Math.max(aboutEqual(better), neededInMs)
  const cost = (option: T) => costOf(option, supposed)
  const isTimely = (option: T) => option.opensAt <= now && !(isAnySound && option.isSuspect) && (option.expectedMs ?? supposed) <= latest
  let best = Infinity
  for (const option of options) if (isTimely(option)) best = Math.min(best, cost(option))
  return best === Infinity ? soonest : draw(options.filter(option => isTimely(option) && cost(option) <= aboutEqual(best)), cost, random)
}

function isSound ({ isSuspect }: Option): boolean {
  return !isSuspect
}

function supposedMs (options: readonly Option[], isAnySound: boolean): number {
  let least = Infinity
  for (const { isSuspect, expectedMs } of options) if (expectedMs !== null && !(isAnySound && isSuspect)) least = Math.min(least, expectedMs)
  return least === Infinity ? unknownMs : least
}

function costOf ({ expectedMs, isInUse }: Option, supposed: number): number {
  return (expectedMs ?? supposed) * (isInUse ? loyalty : 1)
}

function aboutEqual (ms: number): number {
  return ms * alike.factor + alike.ms
}

/** One of them at random, the cheaper the likelier. */
function draw<T> (candidates: readonly T[], cost: (candidate: T) => number, random: () => number): T {
  const weights = candidates.map(candidate => 1 / (cost(candidate) + alike.ms))
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  const drawn = candidates.find((_, index) => (left -= weights[index] ?? 0) < 0) ?? candidates.at(-1)
  if (drawn === undefined) throw new RangeError('there is nothing to choose from')
  return drawn
}
