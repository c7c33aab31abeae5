import type { Log } from '../log.js'
import { unlessLate } from '../unless-late.js'

/** Something to be done when the service ends. What takes longer than `withinMs` is left behind. */
export interface Step {
  readonly name: string
  readonly withinMs: number
  end (): Promise<unknown>
}

/** What is to be done when the service ends, the last one first. */
export type Closing = Step[]

/**
 * Does it, each when the one before is done or late; what fails holds up nothing. After the streams' grace, with its default of 25 s, a silent
 * database costs 4.5 s at most: Heroku kills what has not ended 30 s after it was told to.
 */
export async function closeAll (closing: Closing, log: Log): Promise<void> {
  for (let step = closing.pop(); step !== undefined; step = closing.pop()) {
    const { name, withinMs, end } = step
    const isInTime = await unlessLate(end().catch(err => log.warn({ err }, `${name}: closed with an error`)), withinMs)
    if (!isInTime) log.warn(`${name}: not closed in time, and left behind`)
  }
}
