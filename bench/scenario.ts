import type { Ground } from './stage/ground.js'

/** What is measured, and what is to be reached: at least or at most `value`. `everyRun`: by each run, and not by their median. */
export interface Goal {
  readonly what: string
  readonly bound: 'least' | 'most'
  readonly value: number
  readonly unit: string
  readonly everyRun?: true
}

/** What a scenario found for one goal. */
export interface Finding {
  readonly goal: Goal
  /** The median over `values`, or the worst of them; `null` where it could not be measured. */
  readonly reached: number | null
  /** One for each run, where there were several. */
  readonly values?: readonly number[]
  /** Why it could not be measured, or what else is worth knowing. */
  readonly note?: string
}

/** What a scenario may use. `runs`: how often to measure what a median is taken of. `quick`: the whole scenario within its `quickSeconds`. */
export interface Context {
  readonly ground: Ground
  readonly runs: number
  readonly quick: boolean
}

/** One row of the benchmark. `run` may throw: then every goal without a finding counts as missed. */
export interface Scenario {
  readonly name: string
  /** What it shows, in one line. */
  readonly title: string
  /** In the order in which they are shown. */
  readonly goals: readonly Goal[]
  /** What it takes with `quick`, on two free cores. */
  readonly quickSeconds: number
  /** Hands over each finding as soon as there is one. */
  run (context: Context, found: (finding: Finding) => void, signal: AbortSignal): Promise<void>
}

/** Whether a goal was reached. */
export function isReached ({ goal, reached }: Finding): boolean {
  if (reached === null || Number.isNaN(reached)) return false
  return goal.bound === 'least' ? reached >= goal.value : reached <= goal.value
}

/** Do something `count` times, one after the other. */
export async function repeat<T> (count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let index = 0; index < count; index++) results.push(await work(index))
  return results
}
