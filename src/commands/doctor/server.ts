import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Reached } from './public-url.js'

/** What /readyz says of the bots; other parts are let be. */
const Readiness = Type.Object({
  bots: Type.Array(Type.Object({
    username: Type.Union([Type.String(), Type.Null()]),
    state: Type.String(),
    reason: Type.Optional(Type.String()),
    until: Type.Optional(Type.String())
  }))
})

/** How long an answer may take, in ms. */
const answerMs = 10_000

/** What the server at `address` says of itself; `null` where none answers there. */
export async function askServer (address: string): Promise<Static<typeof Readiness> | null> {
  const reached = await reach(`${address}/readyz`)
  if ('reason' in reached) return null
  try {
    const body: unknown = JSON.parse(reached.body)
    return Value.Check(Readiness, body) ? body : null
  } catch {
    return null
  }
}

/** What an address answers, or why it does not. */
export async function reach (url: string): Promise<Reached> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMs), redirect: 'manual' })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    return { reason: explain(error) }
  }
}

/** fetch says no more than "fetch failed"; the reason lies below. */
function explain (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.cause === undefined ? error.message || code : explain(error.cause)
}
