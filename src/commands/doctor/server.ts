import { connect } from 'node:net'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { bad, doubtful, type Finding, good } from './finding.js'
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

/** Whether anybody listens there, whatever he speaks. */
export async function isTaken (address: string): Promise<boolean> {
  const { hostname, port } = new URL(address)
  return await new Promise(resolve => {
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port === '' ? 80 : port), timeout: answerMs })
    const end = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.on('connect', () => end(true)).on('timeout', () => end(false)).on('error', () => end(false))
  })
}

/** What was found at the server's address. `processes`: how many use the database; `null` where that cannot be asked. */
export interface ServerLook {
  readonly address: string
  readonly answers: boolean
  readonly isTaken: boolean
  readonly processes: number | null
}

/** Judges whether the server runs. */
export function examineServer ({ address, answers, isTaken, processes }: ServerLook): Finding {
  if (answers) return good('server', `runs at ${address}`)
  if (isTaken) return bad('server', `none answers at ${address}, for another program has that port`, 'stop that program, or give the server another PORT')
  if (processes === null || processes === 0) return doubtful('server', `none answers at ${address}`, 'start it: npm start in the clone, docker compose up -d with Docker Compose')
  return doubtful('server', `none answers at ${address}, but ${processes} on other machines or ports use this database`, 'run the doctor where the server runs, with the server\'s settings')
}
