/** Places for those who ask something of Telegram at the same time. */
export interface Slots {
  /** Takes a place if there is one. */
  tryTake (): boolean
  /** Takes a place as soon as there is one that nobody wants who begins. */
  take (): Promise<void>
  /** Leaves a place. */
  leave (): void
}

/** Makes `count` places. `onFree` is told when there is one: who begins takes it then. */
export function createSlots (count: number, onFree: () => void): Slots {
  const waiting: Array<() => void> = []
  let taken = 0

  function tryTake (): boolean {
    if (taken >= count) return false
    taken++
    return true
  }

  return {
    tryTake,
    take: async () => {
      if (!tryTake()) await new Promise<void>(resolve => { waiting.push(resolve) })
    },
    leave: () => {
      taken--
      onFree()
      // Whoever waits has tried before, and must not stand in the way of those who have not.
      while (waiting.length > 0 && tryTake()) waiting.shift()?.()
    }
  }
}
