import t from 'tap'
import { SourceFailed, SourceGone, SourceResting, SourceUnreachable } from '../../src/errors.js'
import type { Clock } from '../../src/streaming/clock.js'
import type { Source } from '../../src/streaming/source.js'
import { pause } from './fixtures/lines.js'
import { createRandom, type Random, runSeed } from './fixtures/random.js'
import { fileId, jumpingClock, knownBytes, tinyEngine } from './fixtures/scripted.js'

const size = 2000
const file = knownBytes(size)

/** No wait is worth more to a reader, in ms. All tries that a chunk has take half of it. */
const longestWaitMs = 100_000

const moods = ['well', 'well', 'well', 'failing', 'short', 'slow', 'silent', 'tired', 'exhausted', 'unreachable', 'moving'] as const

/** A bot whose mood changes, and what it shares between streams. One that `isSteady` is always well. */
function createBot (name: string, isSteady: boolean, clock: Clock, random: Random) {
  let mood: typeof moods[number] = 'well'
  let changesAt = 0
  let isMoved = false

  async function answer (offset: number, limit: number): Promise<Uint8Array> {
    if (!isSteady && clock.now() >= changesAt) {
      mood = random.pick(moods)
      changesAt = clock.now() + random.pick([0, 10, 1000, 10_000])
    }
    const now = mood
    if (now === 'moving') isMoved = !isMoved
    await pause(clock, now === 'slow' ? 3000 : now === 'silent' ? 2500 : random.pick([0, 5, 50]))
    if (now === 'failing' || now === 'silent') throw new SourceFailed('scripted')
    if (now === 'tired') throw new SourceResting(3, undefined, random.pick(['lane', 'file']))
    if (now === 'exhausted') throw new SourceResting(3600)
    if (now === 'unreachable') throw new SourceUnreachable(random.pick([0.5, 8]))
    if (!isSteady && random.fraction() < 0.002) throw new SourceGone('scripted')
    return Uint8Array.from(file.subarray(offset, offset + limit - (now === 'short' ? 1 : 0)))
  }

  return (): Source => ({
    name,
    get lane () { return isMoved ? `${name} elsewhere` : name },
    fetch: async (offset, limit, onSent, signal) => {
      signal.throwIfAborted()
      onSent()
      const bytes = await answer(offset, limit)
      signal.throwIfAborted()
      return bytes
    }
  })
}

/** Reads a few ranges, pausing here and there. Returns the first thing that went wrong; `mayFail`: that the file is not to be had is none. */
async function view (engine: ReturnType<typeof tinyEngine>, bots: Array<() => Source>, mayFail: boolean, clock: Clock, random: Random): Promise<string | null> {
  for (let times = 0; times < 3; times++) {
    await pause(clock, random.whole(0, 5000))
    const start = random.whole(0, size - 1)
    const end = random.whole(start + 1, size)
    const left = new AbortController()
    const inTime = async <T> (work: Promise<T>) => await work.finally(clock.after(longestWaitMs, () => left.abort(new Error('it waited for too long'))))
    let at = start
    try {
      const stream = await inTime(engine.openStream({ id: fileId, size }, { start, end }, bots.map(bot => bot()), left.signal))
      for (let next = await inTime(stream.next()); next.done !== true; next = await inTime(stream.next())) {
        await pause(clock, random.pick([0, 0, 30, 1000, 15_000]))
        if (!Buffer.from(next.value).equals(file.subarray(at, at + next.value.length))) return `wrong bytes at ${at}`
        at += next.value.length
      }
      if (at !== end) return `an end at ${at} instead of ${end}`
    } catch (error) {
      if (!mayFail || !(error instanceof Error && 'code' in error && /^FILE_/.test(String(error.code)))) return String(error)
    }
  }
  return null
}

t.test('whatever becomes of the bots, a reader has the right bytes or is told in time; where one is always well, he has them', async t => {
  const seed = runSeed()
  for (let round = 0; round < 80; round++) {
    const random = createRandom(seed + round)
    const clock = jumpingClock()
    const isOneSteady = random.fraction() < 0.5
    const engine = tinyEngine({ clock, random: random.fraction, memoryBytes: random.pick([64, 256, 1024]), laneCeilingBytes: random.pick([32, 64, 512]) })
    const bots = Array.from({ length: random.whole(1, 3) }, (_, index) => createBot(`bot ${index}`, isOneSteady && index === 0, clock, random))
    const faults = await Promise.all(Array.from({ length: random.whole(1, 6) }, async () => await view(engine, bots, !isOneSteady, clock, random)))
    t.same(faults.filter(fault => fault !== null), [], `TEST_SEED=${seed + round}`)
    t.same(engine.usage(), { heldBytes: 0, streams: 0 })
  }
})
