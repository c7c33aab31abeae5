/**
 * Work that is started and not awaited, such as replies: done one after another within a lane, side by side
 * between lanes. A failure is told to `onError` and holds up nothing.
 */
export function createOutbox (onError: (error: unknown, lane: string) => void) {
  const lanes = new Map<string, Promise<void>>()

  function add (lane: string, task: () => Promise<void>): void {
    const previous = lanes.get(lane) ?? Promise.resolve()
    const mine = previous.then(task).catch(error => onError(error, lane)).finally(() => {
      if (lanes.get(lane) === mine) lanes.delete(lane)
    })
    lanes.set(lane, mine)
  }

  /** Resolves when all that was added so far is done. */
  async function drained (): Promise<void> {
    await Promise.all(lanes.values())
  }

  return { add, drained }
}
