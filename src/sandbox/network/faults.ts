import { matches } from './match.js'
import type { Fault, FaultAction, FaultEvent, FaultRule, Facts, Faults } from './types.js'

/** Which events each action fits; `FaultAction` says what it does there. */
const fits: { readonly [kind in FaultAction['kind']]: readonly FaultEvent[] } = {
  error: ['call', 'answer'],
  delay: ['connect', 'call', 'answer', 'update'],
  silence: ['connect', 'call', 'answer'],
  drop: ['connect', 'call', 'answer', 'update'],
  cut: ['answer', 'update'],
  corrupt: ['answer', 'update'],
  truncate: ['answer'],
  gzip: ['answer', 'update'],
  'later-layer': ['answer'],
  'error-first-container': ['call'],
  'transport-error': ['connect', 'call', 'answer'],
  lose: ['update'],
  duplicate: ['update'],
  reorder: ['update']
}

interface ActiveRule {
  readonly rule: FaultRule
  hits: number
}

/** Rules that have struck already: a rule strikes a call once, at the first of its events that matches. */
export type Struck = Set<FaultRule>

/** The rules, and what the transport asks them. */
export interface FaultBook {
  readonly faults: Faults
  /** What to do at this moment, in the order of the rules. Counts the hits. */
  actionsAt (facts: Facts, struck: Struck): FaultAction[]
}

/** A book without rules. */
export function createFaults (): FaultBook {
  const active = new Set<ActiveRule>()

  return {
    faults: {
      add: rule => {
        checkRule(rule)
        const entry: ActiveRule = { rule, hits: 0 }
        active.add(entry)
        return { get hits () { return entry.hits }, remove: () => { active.delete(entry) } } satisfies Fault
      },
      clear: () => { active.clear() }
    },
    actionsAt: (facts, struck) => {
      const actions: FaultAction[] = []
      for (const entry of active) {
        if (!strikes(entry.rule, facts, struck)) continue
        struck.add(entry.rule)
        actions.push(entry.rule.action)
        if (++entry.hits === entry.rule.times) active.delete(entry)
      }
      return actions
    }
  }
}

function strikes (rule: FaultRule, facts: Facts, struck: Struck): boolean {
  return fits[rule.action.kind].includes(facts.event) && !struck.has(rule) && matches(rule.match, facts)
}

function checkRule ({ match, action, times }: FaultRule): void {
  const events = fits[action.kind]
  if (typeof match === 'object' && match.event !== undefined && !events.includes(match.event)) {
    throw new TypeError(`the fault "${action.kind}" never strikes at "${match.event}", only at ${events.join(', ')}`)
  }
  if (times !== undefined && !(Number.isInteger(times) && times > 0)) {
    throw new TypeError(`a fault's "times" must be a whole number above 0, not ${times}; leave it out for "always"`)
  }
}
