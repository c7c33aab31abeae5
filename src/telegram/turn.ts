let begunAt: number | null = null

/**
 * For how long the present turn of the event loop has been reading from Telegram, in ms. A turn reads all that has come on all
 * connections, which may be tens of megabytes, and until it ends no viewer is served.
 */
export function turnMs (): number {
  const now = performance.now()
  if (begunAt === null) {
    begunAt = now
    setImmediate(() => { begunAt = null })
  }
  return now - begunAt
}
