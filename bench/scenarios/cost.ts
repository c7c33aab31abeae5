import { startFloor } from '../floor/floor.js'
import { median } from '../measure/statistics.js'
import { measureTransfer, type Transfer } from '../measure/transfer.js'
import { type Context, type Finding, type Goal, repeat, type Scenario } from '../scenario.js'
import { startScript } from '../stage/child.js'
import type { Cipher } from '../stage/cipher.js'
import type { ServerProcess } from '../stage/server.js'
import { type Stage, type StagedFile, withStage } from '../stage/stage.js'
import type { StockCommands } from '../stock/stock-process.js'

const goals = {
  native: { what: 'CPU per GiB, native cipher, of its floor', bound: 'most', value: 1.6, unit: '×' },
  wasm: { what: 'CPU per GiB, WebAssembly cipher, of its floor', bound: 'most', value: 1.6, unit: '×' },
  stockCpu: { what: 'CPU per GiB, native cipher, of stock GramJS', bound: 'most', value: 0.25, unit: '×' },
  stockSpeed: { what: 'throughput, native cipher, of stock GramJS', bound: 'least', value: 3, unit: '×' }
} satisfies Record<string, Goal>

const MiB = 2 ** 20

/** Code is compiled while it is used: both begin warm. */
const warmUpBytes = 32 * MiB

/** Server CPU-seconds per GiB for one viewer and no latency, beside the floor and stock GramJS in turns. */
export const cost: Scenario = {
  name: 'cost',
  title: 'CPU of the server for one viewer, no latency',
  goals: Object.values(goals),
  quickSeconds: 16,
  run: async (context, found, signal) => await withStage(context.ground, { bots: 1 }, async stage => {
    const native = await stage.openServer()
    const file = await stage.addFile({ name: 'cost.bin', size: (context.quick ? 64 : 1024) * MiB })
    // Which cipher there is, is known when something was decrypted.
    await stage.visit({ url: native.base + file.path, range: { start: 0, end: MiB }, maxMs: 60_000 })
    if (await native.cipher() === 'native') await compareNative({ context, stage, file, found, server: native }, signal)
    else for (const goal of [goals.native, goals.stockCpu, goals.stockSpeed]) found({ goal, reached: null, note: 'there is no native cipher here' })
    await native.stop()
    const wasm = await stage.openServer({ cipher: 'wasm' })
    await compareWasm({ context, stage, file, found, server: wasm }, signal)
  }, signal)
}

interface Comparison {
  readonly context: Context
  readonly stage: Stage
  readonly file: StagedFile
  readonly server: ServerProcess
  found (finding: Finding): void
}

async function compareNative (comparison: Comparison, signal: AbortSignal): Promise<void> {
  const stock = await startStock(comparison.stage, signal)
  try {
    const { file } = comparison
    await stock.download(file, warmUpBytes)
    const runs = await compareWithFloor(comparison, 'native', goals.native, async () => await stock.download(file, file.size), signal)
    const cpu = runs.map(({ server, other }) => server.cpuSecondsPerGiB / other.cpuSecondsPerGiB)
    const speed = runs.map(({ server, other }) => server.bytesPerSecond / other.bytesPerSecond)
    comparison.found({ goal: goals.stockCpu, reached: median(cpu), values: cpu, note: `stock: ${describe(runs.map(({ other }) => other))}` })
    comparison.found({ goal: goals.stockSpeed, reached: median(speed), values: speed })
  } finally {
    await stock.stop()
  }
}

async function compareWasm (comparison: Comparison, signal: AbortSignal): Promise<void> {
  await compareWithFloor(comparison, 'wasm', goals.wasm, async () => null, signal)
}

/** Measures floor, server and something else in turns, so that what disturbs the machine disturbs all of them. */
async function compareWithFloor<T> ({ context, stage, file, server, found }: Comparison, cipher: Cipher, goal: Goal, measureOther: () => Promise<T>, signal: AbortSignal) {
  const floor = await startFloor(stage.folder, cipher, signal)
  try {
    await stage.visit({ url: floor.urlOf(warmUpBytes), maxMs: 60_000 })
    await stage.visit({ url: server.base + file.path, range: { start: 0, end: warmUpBytes }, maxMs: 60_000 })
    const runs = await repeat(context.runs, async () => ({
      floor: await measureTransfer(stage, { url: floor.urlOf(file.size), maxMs: 120_000 }, floor.usage),
      server: await measureTransfer(stage, { url: server.base + file.path, maxMs: 240_000 }, server.usage),
      other: await measureOther()
    }))
    const values = runs.map(run => run.server.cpuSecondsPerGiB / run.floor.cpuSecondsPerGiB)
    const note = `server ${describe(runs.map(run => run.server))}; floor ${describe(runs.map(run => run.floor))}`
    found({ goal, reached: median(values), values, note })
    return runs
  } finally {
    await floor.stop()
  }
}

/** GramJS as it is installed, logged in as the same bot. */
async function startStock (stage: Stage, signal: AbortSignal) {
  const [bot] = stage.bots
  if (bot === undefined) throw new Error('the stage has no bot')
  const stock = await startScript<StockCommands>({ what: 'stock GramJS', file: new URL('../stock/stock-process.ts', import.meta.url), folder: stage.folder }, signal)
  try {
    await stock.line(signal).logIn(stage.facts, bot.token)
  } catch (error) {
    await stock.stop()
    throw error
  }
  const download = async ({ name }: StagedFile, size: number): Promise<Transfer> => {
    const { bytes, seconds, cpuSeconds } = await stock.line(signal).download(await stage.sandbox.locationFor(bot.id, name), size, 120)
    return { cpuSecondsPerGiB: cpuSeconds / (bytes / 2 ** 30), bytesPerSecond: bytes / seconds }
  }
  return { download, stop: stock.stop }
}

function describe (transfers: readonly Transfer[]): string {
  const cpu = median(transfers.map(({ cpuSecondsPerGiB }) => cpuSecondsPerGiB))
  const speed = median(transfers.map(({ bytesPerSecond }) => bytesPerSecond))
  return `${cpu.toFixed(2)} CPU-s/GiB, ${Math.round(speed / 1e6)} MB/s`
}
