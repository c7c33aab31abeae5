import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Copy } from '../media.js'
import { createBandwidth } from './bandwidth.js'
import { clientOf } from './client.js'
import type { HttpParts } from './parts.js'
import { createPlaces } from './places.js'

/** What a viewer has while a file is sent to him. */
export interface Seat {
  /** The same chunks, as fast as the viewer may have them. */
  pace (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

/** The streams of all clients. */
export interface Streams {
  /**
   * A seat, and with it the bots of `copies`, until the connection is done with the answer, or gone. Throws a 429 where the client has too
   * many, or the reason of `signal`.
   */
  enter (copies: readonly Copy[], request: FastifyRequest, reply: FastifyReply, signal: AbortSignal): Promise<Seat>
}

/** Counts and paces streams, in this process. */
export function createStreams ({ streamLimit, bandwidth, keepBots }: Pick<HttpParts, 'streamLimit' | 'bandwidth' | 'keepBots'>): Streams {
  const places = createPlaces(streamLimit)
  const pace = createBandwidth(bandwidth)
  return {
    enter: async (copies, request, reply, signal) => {
      // An answer that is over already would never say so.
      signal.throwIfAborted()
      const client = clientOf(request)
      whenOver(request, reply, keepBots(copies))
      whenOver(request, reply, await places.take(client, signal))
      return { pace: chunks => pace(chunks, client, signal) }
    }
  }
}

/** Calls `leave` when the last byte went to the socket, or the socket is closed. An answer that waits for its turn on the connection does not hear of that, but its request does. */
function whenOver ({ raw: request }: FastifyRequest, { raw: response }: FastifyReply, leave: () => void) {
  request.once('close', leave)
  response.once('close', leave)
  if (request.socket.destroyed) leave()
}
