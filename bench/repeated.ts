import { median } from './measure/statistics.js'
import { type Finding, type Goal, repeat, type Scenario } from './scenario.js'

/** A scenario that measures each figure once, as one that measures it `runs` times: the median counts, or the worst where the goal is for every run. */
export function repeated (scenario: Scenario): Scenario {
  return {
    ...scenario,
    run: async (context, found, signal) => {
      const all = await repeat(context.runs, async () => {
        const findings: Finding[] = []
        await scenario.run(context, finding => findings.push(finding), signal)
        return findings
      })
      for (const goal of scenario.goals) found(combine(goal, all.flatMap(findings => findings.filter(finding => finding.goal === goal))))
    }
  }
}

/** What one could not measure, none has. */
function combine (goal: Goal, findings: readonly Finding[]): Finding {
  const missing = findings.find(({ reached }) => reached === null)
  if (missing !== undefined) return missing
  const values = findings.map(({ reached }) => reached ?? NaN)
  const worst = goal.bound === 'least' ? Math.min : Math.max
  const reached = goal.everyRun === true ? worst(...values) : median(values)
  const [typical] = [...findings].sort((a, b) => Math.abs((a.reached ?? NaN) - reached) - Math.abs((b.reached ?? NaN) - reached))
  return { goal, reached, values, ...typical?.note !== undefined && { note: typical.note } }
}
