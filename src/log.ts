import { pino } from 'pino'

export type Log = pino.Logger

/** What nobody may read, wherever it stands in a line: bots' tokens, passwords in URLs, signatures of links. */
const secrets: ReadonlyArray<readonly [pattern: RegExp, instead: string]> = [
  [/\b\d{5,19}:[A-Za-z0-9_-]{30,50}/g, '[hidden]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"]*:)[^\s/@"]+(?=@)/gi, '$1[hidden]'],
  [/([?&]sig=)[^&\s"]+/g, '$1[hidden]']
]

/** The process's log: JSON lines on standard output, or to `destination`. `level` is one of pino's. */
export function createLog (level: string, destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level,
    serializers: { err: pino.stdSerializers.wrapErrorSerializer(plainError) },
    // Nothing passes these on purpose; this keeps an object that was logged whole from showing them.
    redact: { paths: ['token', '*.token', 'apiHash', '*.apiHash', 'url', 'req.headers.authorization', 'req.headers.cookie'], censor: '[hidden]' },
    hooks: { streamWrite: withoutSecrets }
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

function withoutSecrets (line: string): string {
  return secrets.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line)
}

/** GramJS's errors carry the request that failed, with all that was sent: tokens, texts, links. */
function plainError ({ type, message, stack, code }: pino.SerializedError) {
  return { type, message, stack, ...code !== undefined && { code } }
}
