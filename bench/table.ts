import { type Finding, type Goal, isReached } from './scenario.js'

/** What came of one scenario. */
export interface Outcome {
  readonly name: string
  readonly title: string
  readonly goals: readonly Goal[]
  readonly findings: readonly Finding[]
  readonly seconds: number
  /** Why it did not come to its end. */
  readonly failure: string | null
}

/** One line of the table. */
export interface Row {
  readonly scenario: string
  readonly what: string
  readonly toReach: string
  readonly reached: string
  readonly ok: boolean
  readonly note: string
}

/** One row for each goal, also for those without a finding. */
export function rowsOf ({ name, goals, findings, failure }: Outcome): Row[] {
  return goals.map(goal => {
    const finding = findings.find(one => one.goal === goal) ?? { goal, reached: null, note: failure ?? 'not measured' }
    return {
      scenario: name,
      what: goal.what,
      toReach: `${goal.bound === 'least' ? '≥' : '≤'} ${format(goal.value, goal.unit)}`,
      reached: finding.reached === null ? '–' : format(finding.reached, goal.unit),
      ok: isReached(finding),
      note: (finding.note ?? '').split('\n')[0] ?? ''
    }
  })
}

const titles = ['scenario', 'what was measured', 'to reach', 'reached', '']

/** The rows as text, columns aligned, with a line of titles unless `withTitles` is false. `widths` come from `widthsOf`. */
export function renderRows (rows: readonly Row[], widths: readonly number[], withTitles: boolean): string {
  const head = withTitles ? [titles, widths.map(width => '─'.repeat(width))] : []
  const lines = [...head, ...rows.map((row, index) => cellsOf(row, rows[index - 1]))]
  return lines.map(cells => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

/** How wide each column must be for these goals, before anything was measured. */
export function widthsOf (goals: ReadonlyArray<{ readonly name: string, readonly goals: readonly Goal[] }>): number[] {
  const rows = goals.flatMap(({ name, goals }) => rowsOf({ name, title: '', goals, findings: [], seconds: 0, failure: null }))
  const reached = 10
  return [
    Math.max(...rows.map(row => row.scenario.length), 8), Math.max(...rows.map(row => row.what.length)),
    Math.max(...rows.map(row => row.toReach.length), 8), reached, 1
  ]
}

function cellsOf (row: Row, before: Row | undefined): string[] {
  const scenario = before?.scenario === row.scenario ? '' : row.scenario
  return [scenario, row.what, row.toReach, row.reached, `${row.ok ? '✓' : '✗'}${row.note === '' ? '' : `  ${row.note}`}`]
}

/** Three significant digits, or more where the number before the point has more. */
export function format (value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(Math.abs(value) > 0.95 && Math.abs(value) < 1.05 ? 4 : 3)).toString()
  return unit === '' ? digits : `${digits} ${unit}`
}
