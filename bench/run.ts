import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describeMachine } from './machine.js'
import { readOptions, usage, UsageError, type Options } from './options.js'
import type { Finding, Scenario } from './scenario.js'
import { cost } from './scenarios/cost.js'
import { crowd } from './scenarios/crowd.js'
import { failover } from './scenarios/failover.js'
import { firstByte } from './scenarios/first-byte.js'
import { latency } from './scenarios/latency.js'
import { overfetch } from './scenarios/overfetch.js'
import { rate } from './scenarios/rate.js'
import { slowBot } from './scenarios/slow-bot.js'
import { stalled } from './scenarios/stalled.js'
import { stripe } from './scenarios/stripe.js'
import { detectCipher } from './stage/cipher.js'
import { type Ground, startGround } from './stage/ground.js'
import { type Outcome, renderRows, rowsOf, widthsOf } from './table.js'

const scenarios: readonly Scenario[] = [cost, latency, firstByte, stripe, overfetch, crowd, stalled, slowBot, rate, failover]

/** How long a scenario may take before it counts as failed, in ms; with `--quick` all of them are over `quickMs` after the start. */
const limits = { scenarioMs: 15 * 60_000, quickMs: 109_000 }

const say = (line: string) => process.stdout.write(`${line}\n`)

async function main (): Promise<void> {
  const options = readOptions(process.argv.slice(2), scenarios.map(({ name }) => name))
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))
  const wanted = scenarios.filter(({ name }) => options.only.includes(name))
  const ground = await startGround({ profile: options.profile === null ? null : resolve(options.profile) }, stopping.signal)
  try {
    const outcomes = await runAll(ground, wanted, options, stopping.signal)
    const missed = outcomes.flatMap(rowsOf).filter(({ ok }) => !ok).length
    say(missed === 0 ? '\nEvery goal was reached.' : `\n${missed} goals were missed.`)
    if (stopping.signal.aborted || (options.strict && missed > 0)) process.exitCode = 1
  } finally {
    await ground.stop()
  }
}

async function runAll (ground: Ground, wanted: readonly Scenario[], options: Options, signal: AbortSignal): Promise<Outcome[]> {
  const machine = { ...describeMachine(), cipher: await detectCipher() }
  const date = new Date().toISOString()
  say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, cipher: ${machine.cipher}${options.quick ? '; quick: for orientation only' : ''}\n`)
  const widths = widthsOf(wanted)
  const outcomes: Outcome[] = []
  for (const [index, scenario] of wanted.entries()) {
    const limitMs = options.quick ? shareOf(limits.quickMs - performance.now(), wanted.slice(index)) : limits.scenarioMs
    const outcome = await runOne(scenario, { ground, runs: options.runs, quick: options.quick }, limitMs, signal)
    say(renderRows(rowsOf(outcome), widths, outcomes.length === 0))
    // The table has room for one line of it.
    if (outcome.failure?.includes('\n') === true) process.stderr.write(`\n${outcome.name}: ${outcome.failure}\n\n`)
    outcomes.push(outcome)
    await writeResults({ date, machine, options, outcomes })
    if (signal.aborted) break
  }
  return outcomes
}

/** What the first of `left` may take of the time that remains, in ms: its share, so that a slow one takes nothing from those behind it. */
function shareOf (remainingMs: number, left: readonly Scenario[]): number {
  const [next] = left
  return remainingMs * (next?.quickSeconds ?? 0) / left.reduce((sum, { quickSeconds }) => sum + quickSeconds, 0)
}

/** Runs one scenario; whatever happens in it is part of its outcome. */
async function runOne (scenario: Scenario, context: Parameters<Scenario['run']>[0], limitMs: number, signal: AbortSignal): Promise<Outcome> {
  const findings: Finding[] = []
  const begun = performance.now()
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`not over within ${Math.round(limitMs / 1000)} s`)), Math.max(limitMs, 1))
  const ending = AbortSignal.any([signal, late.signal])
  const failure = await scenario.run(context, finding => findings.push(finding), ending)
    .then(() => null, (error: unknown) => explain(ending.aborted ? ending.reason : error))
  clearTimeout(timer)
  const { name, title, goals } = scenario
  return { name, title, goals, findings, failure, seconds: Math.round((performance.now() - begun) / 100) / 10 }
}

function explain (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${explain(error.cause)}` : error.message
}

async function writeResults ({ outcomes, options: { quick, runs }, ...facts }: { date: string, machine: object, options: Options, outcomes: readonly Outcome[] }): Promise<void> {
  const scenarios = outcomes.map(({ goals, findings, ...outcome }) => ({
    ...outcome,
    goals: goals.map(goal => {
      const { reached = null, values, note } = findings.find(one => one.goal === goal) ?? {}
      return { ...goal, reached, ...values !== undefined && { values }, ...note !== undefined && { note } }
    })
  }))
  await writeFile(new URL('results.json', import.meta.url), `${JSON.stringify({ ...facts, quick, runs, scenarios }, null, 2)}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(error instanceof UsageError ? `${error.message}\n\n${usage}` : `${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
