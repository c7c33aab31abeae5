import bigInt from 'big-integer'
import { Api, type TelegramClient } from 'telegram'
import type { FileLocation } from '../../src/sandbox/script/file.js'
import { answer } from '../stage/answer.js'
import type { SandboxFacts } from '../stage/sandbox-process.js'
import { logIn } from './client.js'

/** GramJS as it is installed, downloading as its documentation says. */
export type StockCommands = typeof commands

/** One download. */
export interface StockDownload {
  readonly bytes: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const requestSize = 512 * 1024
let client: TelegramClient | null = null

const commands = {
  logIn: async (sandbox: SandboxFacts, token: string): Promise<void> => { client = await logIn(sandbox, token) },
  /** Reads the file up to `size` bytes, for `maxSeconds` at most. */
  download: async (location: FileLocation, size: number, maxSeconds: number): Promise<StockDownload> => {
    if (client === null) throw new Error('log in first')
    const [begun, used] = [performance.now(), process.cpuUsage()]
    let bytes = 0
    for await (const chunk of client.iterDownload({ file: documentAt(location), dcId: location.dcId, requestSize, fileSize: bigInt(size) })) {
      bytes += chunk.length
      if (bytes >= size || performance.now() - begun > maxSeconds * 1000) break
    }
    const { user, system } = process.cpuUsage(used)
    return { bytes, seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 }
  }
}

function documentAt ({ id, accessHash, fileReference }: FileLocation): Api.InputDocumentFileLocation {
  return new Api.InputDocumentFileLocation({ id: bigInt(id), accessHash: bigInt(accessHash), fileReference: Buffer.from(fileReference), thumbSize: '' })
}

answer(commands)
