import { parseArgs } from 'node:util'

/** What to run. `runs`: how often what a median is taken of is measured. */
export interface Options {
  readonly only: readonly string[]
  readonly quick: boolean
  readonly strict: boolean
  readonly runs: number
  /** Where a CPU profile of each server goes. */
  readonly profile: string | null
}

/** The arguments cannot be understood; the message says what is wrong and what is right. */
export class UsageError extends Error {
  readonly code = 'USAGE'
}

export const usage = `usage: npm run bench -- [--only NAME[,NAME…]] [--quick] [--runs N] [--strict] [--profile FOLDER]

  --only NAME       only these scenarios
  --quick           all within two minutes: shorter and, unless --runs says otherwise, each once
  --runs N          how often each figure is measured; the median counts (default 3)
  --strict          exit code 1 when a goal is missed
  --profile FOLDER  write a CPU profile of each server there; it costs some of its speed
`

/** Reads the arguments; `names` are those that `--only` may give, and what it gives when absent. Throws UsageError. */
export function readOptions (args: readonly string[], names: readonly string[]): Options {
  const { only, runs, quick = false, strict = false, profile = null } = parse(args)
  const wanted = only === undefined ? names : only.split(',').map(name => name.trim()).filter(name => name !== '')
  const unknown = wanted.filter(name => !names.includes(name))
  if (unknown.length > 0 || wanted.length === 0) throw new UsageError(`--only ${only}: there is no scenario ${unknown.join(', ') || 'named'}; there are ${names.join(', ')}`)
  return { only: names.filter(name => wanted.includes(name)), quick, strict, profile, runs: runs === undefined ? (quick ? 1 : 3) : readRuns(runs) }
}

function parse (args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { only: { type: 'string' }, runs: { type: 'string' }, quick: { type: 'boolean' }, strict: { type: 'boolean' }, profile: { type: 'string' } } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readRuns (text: string): number {
  const runs = Number(text)
  if (!Number.isInteger(runs) || runs < 1 || runs > 100) throw new UsageError(`--runs ${text}: give a whole number from 1 to 100`)
  return runs
}
