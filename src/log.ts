import { pino } from 'pino'

export type Log = pino.Logger

/** The process's log: JSON lines on standard output. `level` is one of pino's. */
export function createLog (level: string): Log {
  return pino({
    level,
    // Nothing passes these on purpose; this keeps an object that was logged whole from showing them.
    redact: { paths: ['token', '*.token', 'apiHash', '*.apiHash', 'url', 'req.headers.authorization', 'req.headers.cookie'], censor: '[hidden]' }
  })
}
