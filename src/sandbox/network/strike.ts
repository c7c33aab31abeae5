import type { Connection } from './connection.js'
import type { FaultAction } from './types.js'

/** What is left for the caller to do; the rest has been done. */
export type RemainingAction = Exclude<FaultAction, { kind: 'delay' | 'silence' | 'drop' | 'transport-error' }>

/** Waits `ms`. Rejects when the network closes. */
export type Wait = (ms: number) => Promise<void>

/** Carries out what is the same at every event, in order; `null` where nothing is to follow. */
export async function strike (actions: readonly FaultAction[], connection: Connection, wait: Wait): Promise<RemainingAction[] | null> {
  const remaining: RemainingAction[] = []
  for (const action of actions) {
    switch (action.kind) {
      case 'delay':
        await wait(action.ms)
        break
      case 'silence':
        return null
      case 'drop':
        connection.destroy()
        return null
      case 'transport-error':
        connection.sendTransportError(action.code, action.raw === true)
        return null
      case 'error':
      case 'cut':
      case 'corrupt':
      case 'truncate':
      case 'gzip':
      case 'later-layer':
      case 'error-first-container':
      case 'lose':
      case 'duplicate':
      case 'reorder':
        remaining.push(action)
    }
  }
  return remaining
}

/** The first of the actions of one kind. */
export function actionOf<K extends RemainingAction['kind']> (
  actions: readonly RemainingAction[], kind: K
): Extract<RemainingAction, { kind: K }> | undefined {
  return actions.find((action): action is Extract<RemainingAction, { kind: K }> => action.kind === kind)
}

/** Reports an error, except for the end of waiting when the network closes. */
export function unlessClosing (onError: (error: unknown) => void): (error: unknown) => void {
  return error => {
    if (!(error instanceof Error && error.name === 'AbortError')) onError(error)
  }
}
