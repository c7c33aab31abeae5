/** What reads from Telegram, and may be told to wait for the next turn of the event loop. */
export interface TurnReader {
  pause (): void
  resume (): void
}

/** How much of a turn may go to reading, in ms. */
const limitMs = 4

const readers = new Set<TurnReader>()
let begunAt: number | null = null

/** Takes part in the turns; the function that comes back ends that. */
export function joinTurns (reader: TurnReader): () => void {
  readers.add(reader)
  return () => { readers.delete(reader) }
}

/**
 * To be called at each read. A turn would read all that has come on all connections, which may be tens of megabytes, while no
 * viewer is served; after `limitMs` all readers pause until the next one.
 */
export function noteRead (): void {
  const now = performance.now()
  if (begunAt === null) {
    begunAt = now
    setImmediate(() => { begunAt = null })
  } else if (now - begunAt > limitMs) {
    begunAt = Infinity
    for (const reader of readers) reader.pause()
    setImmediate(() => { for (const reader of readers) reader.resume() })
  }
}
