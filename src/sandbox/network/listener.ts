import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP port that is listened on. */
export interface Listener {
  readonly host: string
  readonly port: number
  /** Takes no new connections; settles when those there were are gone. */
  close (): Promise<void>
}

const host = '127.0.0.1'

/** Listens on a free port of this machine. */
export async function listen (onSocket: (socket: Socket) => void): Promise<Listener> {
  const server = createServer({ noDelay: true }, onSocket)
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => { resolve(portOf(server.address())) })
  })
  return { host, port, close: async () => { await closeServer(server) } }
}

function portOf (address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server without a port')
  return address.port
}

async function closeServer (server: Server): Promise<void> {
  await new Promise(resolve => { server.close(resolve) })
}
