import t from 'tap'
import { repeated } from '../../bench/repeated.js'
import type { Context, Finding, Goal, Scenario } from '../../bench/scenario.js'

const delay: Goal = { what: 'delay', bound: 'most', value: 25, unit: 'ms' }
const served: Goal = { what: 'served', bound: 'least', value: 500, unit: '', everyRun: true }

/** What comes of a scenario that finds these values, one pair for each run. */
async function findings (runs: ReadonlyArray<readonly [delay: number | null, served: number]>): Promise<Finding[]> {
  let run = 0
  const scenario: Scenario = {
    name: 'one',
    title: '',
    goals: [delay, served],
    quickSeconds: 1,
    run: async (_context, found) => {
      const [late, count] = runs[run++] ?? [null, 0]
      found({ goal: delay, reached: late, note: `in run ${run}` })
      found({ goal: served, reached: count })
    }
  }
  const all: Finding[] = []
  await repeated(scenario).run({ runs: runs.length } as Context, finding => all.push(finding), new AbortController().signal)
  return all
}

t.test('the median counts, with the note of that run; where each run must reach the goal, the worst', async t => {
  t.same(await findings([[30, 500], [20, 499], [10, 500]]), [
    { goal: delay, reached: 20, values: [30, 20, 10], note: 'in run 2' },
    { goal: served, reached: 499, values: [500, 499, 500] }
  ])
})

t.test('what one run could not measure is not measured', async t => {
  t.match(await findings([[10, 500], [null, 500], [10, 500]]), [{ goal: delay, reached: null, note: 'in run 2' }, { reached: 500 }])
})
