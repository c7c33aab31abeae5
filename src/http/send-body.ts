import type { ServerResponse } from 'node:http'

/**
 * Sends the head of `response` and then `chunks`, each when the one before has gone to the kernel: only then the next is asked
 * for, since the memory of one may be used again for another. Resolves at the end; throws what the chunks throw, and where
 * the connection closes. The response is then still to be destroyed. `gone` aborts when the client has gone: a response that waits
 * for its turn on the connection does not hear of that.
 */
export async function sendBody (response: ServerResponse, chunks: AsyncIterable<Uint8Array>, gone: AbortSignal): Promise<void> {
  const write = writer(response, gone)
  for await (const chunk of chunks) await write(chunk)
  response.end()
}

/** Node does not always call back for what was not written when the connection closed. */
function writer (response: ServerResponse, gone: AbortSignal) {
  let settle = (_error?: Error | null) => {}
  const leave = () => settle(closed())
  response.once('close', leave)
  gone.addEventListener('abort', leave, { once: true })
  return async (chunk: Uint8Array) => await new Promise<void>((resolve, reject) => {
    if (response.destroyed || gone.aborted) return reject(closed())
    settle = error => error ? reject(error) : resolve()
    response.write(chunk, settle)
  })
}

function closed (): Error {
  return new Error('the client closed the connection')
}
