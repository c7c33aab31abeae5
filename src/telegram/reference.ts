import { SourceFailed, SourceGone, SourceResting } from '../errors.js'
import type { BotId, ChatId, MediaId, SeenMedia } from '../media.js'
import { meaningOf } from './errors.js'
import { type FileLocation, parseLocation } from './file-id.js'
import type { Log } from './log.js'
import { methodFor } from './messages.js'
import { orAbort } from './within.js'

export interface RenewalOptions {
  readonly botId: BotId
  readonly log: Log
  /** Where this bot saw the file. */
  findSightings (mediaId: MediaId): Promise<ReadonlyArray<{ readonly chatId: ChatId, readonly messageId: number }>>
  saveCopy (mediaId: MediaId, fileId: string): Promise<void>
  /** Told what came of each renewal. */
  onRenewal? (succeeded: boolean): void
  /** The file in a message now, or null where there is none. */
  fetchMedia (chatId: ChatId, messageId: number): Promise<SeenMedia | null>
}

/** A file whose reference Telegram refused. */
export interface Stale {
  readonly mediaId: MediaId
  readonly fileId: string
  readonly location: FileLocation
}

/**
 * Returns the function that renews a file reference from a message in which the bot saw the file: once for all who
 * wait for the same file. core.telegram.org/api/file-references
 * Throws SourceGone where no message gives it, SourceResting where Telegram wants to be asked for messages later, and what `meaningOf`
 * understands where it could not be asked.
 */
export function createRenewal ({ botId, log, findSightings, saveCopy, onRenewal, fetchMedia }: RenewalOptions) {
  const running = new Map<string, Promise<FileLocation>>()
  /** By method, as Telegram counts, in `performance.now()` ms: what it waits for is no fault of the data centre that has the file. */
  const restsUntil = new Map<string, number>()

  async function renew (stale: Stale): Promise<FileLocation> {
    const rests: number[] = []
    let failure: unknown
    for (const { chatId, messageId } of await findSightings(stale.mediaId)) {
      const until = restsUntil.get(methodFor(chatId)) ?? 0
      if (until > performance.now()) {
        rests.push(until)
        continue
      }
      try {
        const media = await fetchMedia(chatId, messageId)
        const location = media && freshLocation(media, stale)
        if (media && location) return await keep(stale.mediaId, media.fileId, location)
      } catch (error) {
        const seconds = waitIn(error)
        if (seconds !== null) rests.push(rest(chatId, seconds))
        // That chat or message is closed to the bot; another sighting may do.
        if (meaningOf(error).kind !== 'no-access') failure = error
      }
    }
    if (rests.length > 0) throw resting(Math.min(...rests), failure)
    throw failure ?? new SourceGone('its file reference has expired, and no message that this bot can read has the file any more')
  }

  function rest (chatId: ChatId, seconds: number): number {
    const until = performance.now() + seconds * 1_000
    restsUntil.set(methodFor(chatId), until)
    return until
  }

  async function keep (mediaId: MediaId, fileId: string, location: FileLocation): Promise<FileLocation> {
    log.debug({ botId, mediaId }, 'file reference renewed')
    await saveCopy(mediaId, fileId).catch(error => log.warn({ botId, mediaId, err: error }, 'a renewed file_id could not be stored'))
    return location
  }

  return function renewOnce (stale: Stale, signal: AbortSignal): Promise<FileLocation> {
    let job = running.get(stale.fileId)
    if (job === undefined) {
      job = renew(stale).finally(() => running.delete(stale.fileId))
      job.then(() => onRenewal?.(true), () => onRenewal?.(false))
      running.set(stale.fileId, job)
    }
    return orAbort(job, signal)
  }
}

function resting (until: number, cause: unknown): SourceResting {
  return new SourceResting(Math.max(Math.ceil((until - performance.now()) / 1_000), 1), { cause }, 'file')
}

/** For how many seconds Telegram wants not to be asked, or the login cannot ask; `null` where the error is another one. */
function waitIn (error: unknown): number | null {
  if (error instanceof SourceResting) return error.retryAfterSeconds
  const meaning = meaningOf(error)
  return meaning.kind === 'wait' ? meaning.seconds : null
}

// The message may have been edited and carry another file now.
function freshLocation (media: SeenMedia, { location: old }: Stale): FileLocation | null {
  const fresh = parseLocation(media.fileId)
  if (fresh.kind !== old.kind || fresh.id !== old.id) return null
  if (Buffer.from(fresh.reference).equals(old.reference)) throw new SourceFailed('Telegram refuses a file reference and hands out the same again')
  // The size that the viewer reads stays the one it began with.
  return { ...fresh, thumb: old.thumb }
}
