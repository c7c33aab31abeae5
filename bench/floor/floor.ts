import { type Child, startScript } from '../stage/child.js'
import { type Cipher, environmentOf } from '../stage/cipher.js'
import { readUsage, type Usage } from '../measure/usage.js'
import type { FeederCommands } from './feeder-process.js'
import type { FloorCommands } from './floor-process.js'

/** A running floor. */
export interface Floor {
  /** Where `bytes` bytes come from. */
  urlOf (bytes: number): string
  usage (): Promise<Usage>
  stop (): Promise<void>
}

/**
 * The least that carrying these bytes can cost: loopback read, IGE by `cipher`, SHA-256, HTTP write. `native` is
 * WebAssembly too where there is no native one.
 */
export async function startFloor (folder: string, cipher: Cipher, signal: AbortSignal): Promise<Floor> {
  const feeder = await startScript<FeederCommands>({ what: 'the feeder', file: new URL('feeder-process.ts', import.meta.url), folder }, signal)
  try {
    return await startOver(feeder, folder, cipher, signal)
  } catch (error) {
    await feeder.stop()
    throw error
  }
}

async function startOver (feeder: Child<FeederCommands>, folder: string, cipher: Cipher, signal: AbortSignal): Promise<Floor> {
  const nodeArguments = ['--import', new URL('../measure/addons.mjs', import.meta.url).href]
  const floor = await startScript<FloorCommands>({
    what: 'the floor', file: new URL('floor-process.ts', import.meta.url), nodeArguments, env: environmentOf(cipher), folder
  }, signal)
  try {
    const { listen, usage } = floor.line(signal)
    const port = await listen(await feeder.line(signal).listen())
    return {
      urlOf: bytes => `http://127.0.0.1:${port}/${bytes}`,
      usage: async () => await readUsage(floor.pid, usage),
      stop: async () => { await Promise.all([feeder.stop(), floor.stop()]) }
    }
  } catch (error) {
    await floor.stop()
    throw error
  }
}
