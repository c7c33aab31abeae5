import { FileGone, FileUnavailable, logInSeconds, SourceFailed, SourceGone, SourceResting, SourceUnreachable } from '../errors.js'
import type { MediaId } from '../media.js'
import { chunkSizes } from './plan.js'
import type { Source } from './source.js'

const block = chunkSizes.smallest

/** 8000 parts of 512 KiB: no file in Telegram is longer, and nothing is asked for from there on. */
const largestFile = 8000 * 512 * 1024

/** How many bytes there are in the block of this number: 0 to 4096. */
type Probe = (number: number) => Promise<number>

/** A block that is not full. */
interface ShortBlock {
  readonly number: number
  readonly bytes: number
}

/**
 * The size in bytes of a file of which nobody noted it, by asking for some forty blocks of 4 KiB, one after the other:
 * doubling, then halving. What is past the end may come as an empty answer or as a failure; a failure may also be just
 * that, so the end is believed only when it shows twice and nothing follows it. Throws FileGone, FileUnavailable.
 */
export async function findSize (file: { readonly id: MediaId }, sources: readonly Source[], signal: AbortSignal): Promise<number> {
  const causes: unknown[] = []
  let waiting = sources
  for (let round = 0; round < 2; round++) {
    const failed: Source[] = []
    for (const source of waiting) {
      try {
        return await measure(source, signal)
      } catch (cause) {
        signal.throwIfAborted()
        causes.push(cause)
        if (cause instanceof SourceFailed || cause instanceof SourceUnreachable) failed.push(source)
      }
    }
    waiting = failed
  }
  throw giveUp(file.id, causes)
}

function giveUp (id: MediaId, causes: readonly unknown[]): Error {
  const options = { cause: causes.at(-1) }
  if (causes.length > 0 && causes.every(cause => cause instanceof SourceGone)) return new FileGone(id, options)
  const rests = causes.flatMap(cause => cause instanceof SourceResting || cause instanceof SourceUnreachable ? [Math.ceil(cause.retryAfterSeconds)] : [])
  return new FileUnavailable(id, rests.length > 0 ? Math.max(1, Math.min(...rests)) : logInSeconds, options)
}

async function measure (source: Source, signal: AbortSignal): Promise<number> {
  const probe: Probe = async number => {
    if (number * block >= largestFile) return 0
    return (await source.fetch(number * block, block, () => {}, signal)).length
  }
  const probeOrNothing: Probe = number => probe(number).catch(error => {
    if (error instanceof SourceFailed) return 0
    throw error
  })
  // The beginning must be readable, or else every failure would look like the end.
  const beginning = await probe(0)
  const end = beginning < block ? { number: 0, bytes: beginning } : await firstShort(probeOrNothing)
  const isCertain = await probeOrNothing(end.number) === end.bytes && await probeOrNothing(end.number + 1) === 0
  if (!isCertain) throw new SourceFailed(`its answers near ${end.number * block} contradict each other`)
  return end.number * block + end.bytes
}

/** The first block that is not full, where block 0 is. */
async function firstShort (probe: Probe): Promise<ShortBlock> {
  let full = 0
  let short = { number: 1, bytes: await probe(1) }
  while (short.bytes === block) {
    full = short.number
    short = { number: full * 2, bytes: await probe(full * 2) }
  }
  while (short.number - full > 1) {
    const number = Math.floor((full + short.number) / 2)
    const bytes = await probe(number)
    if (bytes === block) full = number
    else short = { number, bytes }
  }
  return short
}
