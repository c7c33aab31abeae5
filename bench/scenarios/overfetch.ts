import { createRandom } from '../measure/random.js'
import { createFetched, type Fetched } from '../measure/fetched.js'
import { explainVisit } from '../measure/transfer.js'
import { type Context, type Finding, type Goal, repeat, type Scenario } from '../scenario.js'
import type { ServerProcess } from '../stage/server.js'
import { type Stage, type StagedFile, withStage } from '../stage/stage.js'

const goals = {
  whole: { what: 'whole file: fetched of delivered', bound: 'most', value: 1.005, unit: '×' },
  ranges: { what: 'ranges of 1 to 8 MiB: fetched of delivered', bound: 'most', value: 1.15, unit: '×' },
  two: { what: 'two bytes: fetched', bound: 'most', value: 4096, unit: 'B' },
  leaver: { what: 'reads 5 MB at 2 MB/s and leaves: fetched beyond delivered', bound: 'most', value: 4, unit: 'MiB' }
} satisfies Record<string, Goal>

const MiB = 2 ** 20

interface Part {
  readonly context: Context
  readonly stage: Stage
  readonly server: ServerProcess
  readonly file: StagedFile
  readonly fetched: Fetched
  found (finding: Finding): void
}

/** How much more is fetched from Telegram than viewers get. */
export const overfetch: Scenario = {
  name: 'overfetch',
  title: 'bytes fetched for bytes delivered',
  goals: Object.values(goals),
  quickSeconds: 9,
  run: async (context, found, signal) => await withStage(context.ground, { bots: 1 }, async stage => {
    const server = await stage.openServer()
    const file = await stage.addFile({ name: 'overfetch.bin', size: (context.quick ? 64 : 512) * MiB + 12_345 })
    const part: Part = { context, stage, server, file, found, fetched: createFetched(stage, signal) }
    await wholeFile(part)
    await twoBytes(part)
    await leaver(part)
    await randomRanges(part)
  }, signal)
}

async function wholeFile ({ stage, server, file, fetched, found }: Part): Promise<void> {
  const bytes = await fetched.during(async () => await deliver(stage, server, file, 0, file.size))
  found({ goal: goals.whole, reached: bytes / file.size })
}

async function twoBytes ({ context, stage, server, file, fetched, found }: Part): Promise<void> {
  const bytes = await repeat(context.runs, async () => await fetched.during(async () => await deliver(stage, server, file, 0, 2)))
  found({ goal: goals.two, reached: Math.max(...bytes) })
}

async function randomRanges ({ context, stage, server, file, fetched, found }: Part): Promise<void> {
  const random = createRandom(7)
  const count = context.quick ? 10 : 1000
  let delivered = 0
  const bytes = await fetched.during(async () => {
    await repeat(count, async () => {
      const length = Math.floor(MiB + random() * 7 * MiB)
      const start = Math.floor(random() * (file.size - length))
      await deliver(stage, server, file, start, start + length)
      delivered += length
    })
  })
  found({ goal: goals.ranges, reached: bytes / delivered, note: `${count} ranges` })
}

async function leaver ({ context, stage, server, file, fetched, found }: Part): Promise<void> {
  const beyond = await repeat(context.runs, async () => {
    const before = await server.sent()
    const bytes = await fetched.during(async () => {
      await stage.visit({ url: server.base + file.path, range: { start: 0 }, bytesPerSecond: 2_000_000, leaveAfter: 5_000_000, maxMs: 20_000 })
    })
    const { bytes: sent } = await server.sent()
    return (bytes - (sent - before.bytes)) / MiB
  })
  found({ goal: goals.leaver, reached: Math.max(...beyond), values: beyond })
}

/** A range read to its end. Throws where it was not. */
async function deliver (stage: Stage, server: ServerProcess, file: StagedFile, start: number, end: number): Promise<void> {
  const visit = await stage.visit({ url: server.base + file.path, range: { start, end }, maxMs: 120_000 })
  if (visit.outcome !== 'complete' || visit.bytes !== end - start) throw new Error(`bytes ${start} to ${end} did not come: ${explainVisit(visit)}`)
}
