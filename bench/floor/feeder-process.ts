import { randomBytes } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { answer } from '../stage/answer.js'

/** Pours bytes into every connection, as fast as they are taken. */
export type FeederCommands = typeof commands

const block = randomBytes(1024 * 1024)

function pour (socket: Socket): void {
  const fill = () => { while (socket.writable && socket.write(block)); }
  socket.on('drain', fill)
  socket.on('error', () => {})
  fill()
}

const server = createServer(pour)

const commands = {
  listen: async (): Promise<number> => {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
}

answer(commands)
