import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Reached } from './public-url.js'

/** How /api/bots and /readyz tell of each bot; what else they say is let be. */
const Bots = Type.Array(Type.Object({
  username: Type.Union([Type.String(), Type.Null()]),
  state: Type.String(),
  reason: Type.Optional(Type.String()),
  until: Type.Optional(Type.String())
}))

const Readiness = Type.Object({ bots: Bots })

/** How long an answer may take, in ms. */
const answerMs = 10_000

/**
 * How the server at `address` says that its bots fare; `null` where none answers there. The owner's token makes it give Telegram's
 * own reasons, which strangers are not told.
 */
export async function askServer (address: string, adminToken: string | null): Promise<Static<typeof Bots> | null> {
  const forOwner = adminToken === null ? null : parse(Bots, await reach(`${address}/api/bots`, { authorization: `Bearer ${adminToken}` }))
  return forOwner ?? parse(Readiness, await reach(`${address}/readyz`))?.bots ?? null
}

function parse<T extends TSchema> (schema: T, reached: Reached): Static<T> | null {
  if ('reason' in reached) return null
  try {
    const body: unknown = JSON.parse(reached.body)
    return Value.Check(schema, body) ? body : null
  } catch {
    return null
  }
}

/** What an address answers, or why it does not. */
export async function reach (url: string, headers: Record<string, string> = {}): Promise<Reached> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(answerMs), redirect: 'manual' })
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
