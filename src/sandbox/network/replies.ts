import { errorParts, fileBytesIn, packed, packedIfWorth, truncated } from './answers.js'
import type { Damage } from './outbox.js'
import type { CallCounter } from './statistics.js'
import { ids, int } from './tl.js'
import { actionOf, type RemainingAction } from './strike.js'
import { RpcError } from './types.js'

/** What becomes of a call. `ready`: not to be packed. */
export interface Result {
  readonly parts: readonly Uint8Array[]
  readonly failed: boolean
  readonly ready: boolean
}

/** A result as it leaves. `fileBytes`: how much of a file it carries. `held`: it waits for the next answer. */
export interface Reply {
  readonly parts: readonly Uint8Array[]
  readonly failed: boolean
  readonly fileBytes: number
  readonly damage: Damage | undefined
  readonly held: boolean
}

/** An error as a result. */
export function failure (error: RpcError): Result {
  return { parts: errorParts(error), failed: true, ready: true }
}

/** What the faults make of a result. `gzip`: large ones are packed. */
export function finish (result: Result, actions: readonly RemainingAction[], held: boolean, gzip: boolean): Reply {
  const error = actionOf(actions, 'error')
  const { parts: whole, failed, ready } = error === undefined ? result : failure(new RpcError(error.code, error.message))
  const parts = failed ? whole : replaced(whole, actions)
  const fileBytes = fileBytesIn(parts)
  const mayPack = gzip && !ready && fileBytes === 0
  const packedParts = actionOf(actions, 'gzip') !== undefined ? packed(parts) : mayPack ? packedIfWorth(parts) : parts
  return { parts: packedParts, failed, fileBytes, damage: damageOf(actions), held }
}

/** What the actions put in the place of an answer. */
function replaced (parts: readonly Uint8Array[], actions: readonly RemainingAction[]): readonly Uint8Array[] {
  if (actionOf(actions, 'later-layer') !== undefined) return [int(ids.laterLayer)]
  const cut = actionOf(actions, 'truncate')
  return cut === undefined ? parts : truncated(parts, cut.bytes)
}

/** How the actions spoil the frame. */
export function damageOf (actions: readonly RemainingAction[]): Damage | undefined {
  if (actionOf(actions, 'cut') !== undefined) return 'cut'
  return actionOf(actions, 'corrupt')?.part
}

/** Counts a reply; returns it. */
export function counted (counter: CallCounter, reply: Reply): Reply {
  if (reply.failed) counter.error()
  else counter.fileBytes(reply.fileBytes)
  return reply
}
