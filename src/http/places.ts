import { tooMany } from './errors.js'

/** Places for streams, so many for each client at once. */
export interface Places {
  /**
   * Takes a place; the function gives it back, once. Where all are taken it waits a little, for players open the next connection
   * before the server knows that the last one is over. Throws a 429, or the reason of `signal`.
   */
  take (client: string, signal: AbortSignal): Promise<() => void>
}

interface Line {
  taken: number
  readonly waiting: Set<() => void>
}

/** How long a client waits for a place, in ms. */
const patienceMs = 2000

/** A table of clients; it holds those who have a place. `perClient` 0: there is no limit. */
export function createPlaces (perClient: number, waitMs = patienceMs): Places {
  const lines = new Map<string, Line>()

  function lineOf (client: string): Line {
    const line = lines.get(client) ?? { taken: 0, waiting: new Set() }
    lines.set(client, line)
    return line
  }

  function giveBack (client: string, line: Line) {
    const [next] = line.waiting
    if (next !== undefined) return next()
    line.taken--
    if (line.taken === 0) lines.delete(client)
  }

  async function take (client: string, signal: AbortSignal): Promise<() => void> {
    if (perClient === 0) return () => {}
    signal.throwIfAborted()
    const line = lineOf(client)
    if (line.taken < perClient) line.taken++
    else if (line.waiting.size >= perClient) throw refusal(perClient)
    else await turn(line, signal)
    let isMine = true
    return () => {
      if (isMine) giveBack(client, line)
      isMine = false
    }
  }

  /** Resolves when a place is handed over. */
  async function turn ({ waiting }: Line, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', leave)
        waiting.delete(enter)
        then()
      }
      const enter = () => settle(resolve)
      const leave = () => settle(() => reject(signal.reason))
      const timer = setTimeout(() => settle(() => reject(refusal(perClient))), waitMs)
      signal.addEventListener('abort', leave, { once: true })
      waiting.add(enter)
    })
  }

  return { take }
}

function refusal (perClient: number) {
  return tooMany('TOO_MANY_STREAMS', `${perClient} downloads at once are all that a client may have: try again when one has ended`, perClient, 5)
}
