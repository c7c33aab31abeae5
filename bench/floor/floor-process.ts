import { createHash, randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { loadCipher } from '../product.js'
import { answer } from '../stage/answer.js'
import type { Usage } from '../measure/usage.js'

/** The least that a server of these files can do. */
export type FloorCommands = typeof commands

const { igeDecryptInto } = await loadCipher()
const [key, iv] = [randomBytes(32), randomBytes(32)]
const blockBytes = 1024 * 1024

/** Per MiB: read it from the loopback, decrypt it, hash it, write it to the viewer. Nothing else. */
function carry (bytes: number, feederPort: number, response: ServerResponse): void {
  const block = Buffer.allocUnsafe(blockBytes)
  let filled = 0
  let left = bytes
  response.writeHead(200, { 'content-length': bytes })
  const feed = connect({ port: feederPort, host: '127.0.0.1' })
  response.on('drain', () => feed.resume())
  response.on('close', () => feed.destroy())
  feed.on('error', () => response.destroy())
  feed.on('data', chunk => {
    for (let at = 0; at < chunk.length && left > 0;) {
      const taken = chunk.copy(block, filled, at)
      at += taken
      filled += taken
      if (filled === blockBytes) deliver()
    }
  })

  function deliver (): void {
    filled = 0
    const plain = Buffer.allocUnsafe(blockBytes)
    igeDecryptInto(plain, block, key, iv)
    createHash('sha256').update(plain).digest()
    const part = plain.subarray(0, left)
    left -= part.length
    if (!response.write(part)) feed.pause()
    if (left === 0) { feed.destroy(); response.end() }
  }
}

const commands = {
  /** Listens; the path of a request is the number of bytes wanted. Returns the port. */
  listen: async (feederPort: number): Promise<number> => {
    const server = createServer((request, response) => carry(Number(request.url?.slice(1)), feederPort, response))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  },
  usage: (): Usage => {
    const { user, system } = process.cpuUsage()
    return { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() }
  }
}

answer(commands)
