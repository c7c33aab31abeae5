import type { Socket } from 'node:net'
import { createConnection, type Connection } from './connection.js'
import type { Connections } from './connections.js'
import type { FaultBook } from './faults.js'
import type { TakePayload } from './payload.js'
import type { Shapes } from './shaping.js'
import type { Counters } from './statistics.js'
import { strike, type Wait } from './strike.js'

/** What new connections are opened with. `now` in ms. */
export interface AcceptContext {
  readonly book: FaultBook
  readonly shapes: Shapes
  readonly counters: Counters
  readonly connections: Connections
  readonly wait: Wait
  readonly now: () => number
}

/** Whose address a client has connected to. */
export interface Place {
  readonly dcId: number
  readonly media: boolean
  readonly take: TakePayload
}

/** Makes a connection of each socket that comes to a place. */
export function createAcceptor (context: AcceptContext): (place: Place) => (socket: Socket) => void {
  const { book, shapes, connections, wait } = context
  const counted = context.counters.all.connections

  const open = async (connection: Connection): Promise<void> => {
    const facts = connection.facts()
    const actions = await strike(book.actionsAt({ ...facts, event: 'connect' }, new Set()), connection, wait)
    if (actions === null) return
    const { latencyMs } = shapes.of(facts)
    if (latencyMs > 0) await wait(latencyMs)
    connection.start()
  }
  return place => socket => {
    const connection = createConnection(socket, {
      ...place,
      connectionId: ++counted.total,
      slowness: shapes.of,
      isFrozen: connections.isFrozen,
      onRefused: () => { counted.refused++ },
      now: context.now
    })
    connections.add(connection)
    counted.open++
    socket.on('close', () => { connections.remove(connection); counted.open-- })
    // Waiting rejects when the network closes.
    open(connection).catch(connection.destroy)
  }
}
