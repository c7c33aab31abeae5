/** What the doctor found about one thing. `remedy`: what to do, where something is wrong. */
export type Finding =
  | { readonly kind: 'good', readonly about: string, readonly says: string }
  | { readonly kind: 'unknown' | 'doubtful' | 'bad', readonly about: string, readonly says: string, readonly remedy: string }

export function good (about: string, says: string): Finding {
  return { kind: 'good', about, says }
}

/** It could not be looked at. */
export function unknown (about: string, says: string, remedy: string): Finding {
  return { kind: 'unknown', about, says, remedy }
}

/** It works, but perhaps not as is meant. */
export function doubtful (about: string, says: string, remedy: string): Finding {
  return { kind: 'doubtful', about, says, remedy }
}

/** It does not work. */
export function bad (about: string, says: string, remedy: string): Finding {
  return { kind: 'bad', about, says, remedy }
}

const signs = { good: '✓', unknown: '?', doubtful: '!', bad: '✗' }

/** A finding as lines for people. */
export function toText (finding: Finding): string {
  const line = `${signs[finding.kind]} ${finding.about}: ${finding.says}`
  return finding.kind === 'good' ? line : `${line}\n    → ${finding.remedy}`
}
