/** The labels of a lane. Telegram has five data centres, and what is none of them is `other`: so there are few values. */
export type LaneLabels = { readonly bot: string, readonly dc: string }

/** The bot and the data centre of a lane, which is named `<bot>:dc<number>`; a bot that is not there just now has no data centre. */
export function partsOf (lane: string): LaneLabels {
  const [, bot = lane, dc] = /^(\d+):dc(\d+)$/.exec(lane) ?? []
  return { bot, dc: dcLabel(Number(dc)) }
}

export function dcLabel (dcId: number): string {
  return dcId >= 1 && dcId <= 5 ? String(dcId) : 'other'
}

const failures: ReadonlySet<unknown> = new Set(['SOURCE_RESTING', 'SOURCE_GONE', 'SOURCE_FAILED', 'BOT_REFUSED'])

/** The code of what a source threw; `OTHER` for what none should. */
export function failureOf (error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return failures.has(code) ? String(code) : 'OTHER'
}
