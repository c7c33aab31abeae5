import type { Socket } from 'node:net'
import { STATUS_CODES } from 'node:http'
import { problemText, problemType } from './problem.js'

const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

/** Answers what is not HTTP, and ends the connection. One that already carried an answer is only cut: it may be amid a file. */
export function answerClientError (error: Error & { code?: string }, socket: Socket) {
  if (socket.writable && socket.bytesWritten === 0 && error.code !== 'ECONNRESET') {
    const status = statuses[error.code ?? ''] ?? 400
    const title = STATUS_CODES[status] ?? 'Error'
    const body = problemText({ status, title, code: 'BAD_REQUEST', detail: 'the request is not well-formed HTTP, too long or too slow', headers: {} })
    socket.write(`HTTP/1.1 ${status} ${title}\r\nContent-Type: ${problemType}\r\nContent-Length: ${body.length}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`)
  }
  socket.destroySoon()
}
