import type { BotId, MediaId } from './media.js'

/**
 * A source cannot serve for `retryAfterSeconds`: its bot is resting, offline or being asked too much. It `concerns` all that the bot reads from
 * that data centre, or this file alone.
 */
export class SourceResting extends Error {
  readonly code = 'SOURCE_RESTING'
  constructor (readonly retryAfterSeconds: number, options?: ErrorOptions, readonly concerns: 'lane' | 'file' = 'lane') {
    super(`the source rests for ${retryAfterSeconds} s`, options)
  }
}

/** A source will never serve this file again: its bot lost access to it, or the message is gone. */
export class SourceGone extends Error {
  readonly code = 'SOURCE_GONE'
  constructor (reason: string, options?: ErrorOptions) {
    super(`the source can no longer read the file: ${reason}`, options)
  }
}

/** One request to a source failed; another source, or the same one a little later, may succeed. */
export class SourceFailed extends Error {
  readonly code = 'SOURCE_FAILED'
  constructor (reason: string, options?: ErrorOptions) {
    super(`the source failed: ${reason}`, options)
  }
}

/** A source's data centre cannot be reached; the next attempt is due in `retryAfterSeconds`. */
export class SourceUnreachable extends Error {
  readonly code = 'SOURCE_UNREACHABLE'
  constructor (readonly retryAfterSeconds: number, options?: ErrorOptions) {
    super(`the source cannot be reached: the next attempt is due in ${retryAfterSeconds.toFixed(1)} s`, options)
  }
}

/** How long to wait where no bot has said so, in s: those that are starting or reconnecting need about that. */
export const logInSeconds = 10

/** No bot can serve the file now. `retryAfterSeconds` until the first one may. */
export class FileUnavailable extends Error {
  readonly code = 'FILE_UNAVAILABLE'
  constructor (readonly fileId: MediaId, readonly retryAfterSeconds: number, options?: ErrorOptions) {
    super(`no bot can serve file ${fileId} for ${retryAfterSeconds} s`, options)
  }
}

/** No bot can read the file any more. */
export class FileGone extends Error {
  readonly code = 'FILE_GONE'
  constructor (readonly fileId: MediaId, options?: ErrorOptions) {
    super(`no bot can read file ${fileId} any more`, options)
  }
}

/** A bot was turned away for good: wrong or revoked token, deactivated bot. */
export class BotRefused extends Error {
  readonly code = 'BOT_REFUSED'
  constructor (readonly botId: BotId, reason: string, options?: ErrorOptions) {
    super(`Telegram refuses bot ${botId}: ${reason}`, options)
  }
}

/** The database knows less of a bot's updates than was stored there: it was put back to an earlier moment. What is missing must be fetched again. */
export class StateBehind extends Error {
  readonly code = 'STATE_BEHIND'
  constructor (readonly botId: BotId, options?: ErrorOptions) {
    super(`the stored update state of bot ${botId} is behind what was stored`, options)
  }
}
