import type { ServerResponse } from 'node:http'

/**
 * Sends the head of `response` and then `chunks`, each when the one before has gone to the kernel: only then the next is asked
 * for, since the memory of one may be used again for another. Resolves at the end; throws what the chunks throw, and where
 * the connection closes. The response is then still to be destroyed.
 */
export async function sendBody (response: ServerResponse, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const write = writer(response)
  for await (const chunk of chunks) await write(chunk)
  response.end()
}

/** Node does not always call back for what was not written when the connection closed. */
function writer (response: ServerResponse) {
  let settle = (_error?: Error | null) => {}
  response.once('close', () => settle(closed()))
  return async (chunk: Uint8Array) => await new Promise<void>((resolve, reject) => {
    if (response.destroyed) return reject(closed())
    settle = error => error ? reject(error) : resolve()
    response.write(chunk, settle)
  })
}

function closed (): Error {
  return new Error('the client closed the connection')
}
