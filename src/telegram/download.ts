import { Api } from 'telegram'
import { BotRefused, SourceFailed, SourceGone, SourceResting, SourceUnreachable } from '../errors.js'
import type { MediaId } from '../media.js'
import type { FileConnections } from './connections.js'
import { type Meaning, meaningOf } from './errors.js'
import type { FileLocation } from './file-id.js'
import { lasting } from './frame-memory.js'
import { getFile } from './get-file.js'
import type { Locations } from './locations.js'
import type { Stale } from './reference.js'
import type { Rests } from './rests.js'

export interface DownloadOptions {
  readonly connections: FileConnections
  readonly locations: Locations
  readonly rests: Rests
  /** The bot's home data centre, once known. */
  home (): number | null
  renew (stale: Stale, signal: AbortSignal): Promise<FileLocation>
  /** Makes the login prove itself. */
  doubtLogin (): void
}

/** One aligned part of a file: `limit` bytes at `offset`. */
export interface Part {
  readonly mediaId: MediaId
  readonly fileId: string
  readonly offset: number
  readonly limit: number
}

/**
 * Returns the function that fetches one part through one bot. It follows a moved file, renews an expired reference,
 * brings the login to another data centre and has a new key made there, each once; all else is for the caller to judge. `onSent` is called whenever it asks.
 * Throws SourceResting, SourceUnreachable, SourceGone, SourceFailed, BotRefused, or the reason of `signal` as soon as it aborts. How long the answer is,
 * is not checked here.
 */
export function createDownload ({ connections, locations, rests, home, renew, doubtLogin }: DownloadOptions) {
  async function fetchOnce (location: FileLocation, { offset, limit }: Part, onSent: () => void, signal: AbortSignal): Promise<Uint8Array> {
    rests.check(location.dcId)
    const answer = await connections.call(location.dcId, getFile(location, offset, limit), onSent, signal)
    if (answer instanceof Api.upload.FileCdnRedirect) throw new SourceFailed('Telegram sends this file through a CDN, which bots may not read')
    return lasting(answer.bytes)
  }

  /** Mends what can be mended. Returns whether it is worth another try. */
  async function mend (meaning: Meaning, part: Part, location: FileLocation, signal: AbortSignal): Promise<boolean> {
    switch (meaning.kind) {
      case 'migrate':
        locations.replace(part.fileId, { ...location, dcId: meaning.dcId })
        return true
      case 'reference':
        // Somebody else may have renewed it while this request was under way.
        if (sameReference(locations.of(part.fileId), location)) {
          locations.replace(part.fileId, await renew({ mediaId: part.mediaId, fileId: part.fileId, location }, signal))
        }
        return true
      case 'logged-out':
        if (location.dcId === home()) return false
        connections.logInAgain(location.dcId)
        return true
      case 'key-dead':
        // Elsewhere the key was forgotten, and the next try makes a new one.
        return location.dcId !== home()
      case 'wait': case 'refused': case 'unknown-key': case 'no-access': case 'bad-request': case 'duplicate': case 'bad-button': case 'failed':
        return false
    }
  }

  function sourceError (error: unknown, meaning: Meaning, dcId: number): Error {
    if (error instanceof SourceResting || error instanceof SourceUnreachable || error instanceof SourceGone || error instanceof SourceFailed || error instanceof BotRefused) return error
    const options = { cause: error }
    switch (meaning.kind) {
      case 'wait':
        rests.begin(dcId, meaning.seconds)
        return new SourceResting(meaning.seconds, options)
      case 'no-access':
        return new SourceGone(meaning.reason, options)
      case 'logged-out': case 'key-dead': case 'refused':
        doubtLogin()
        return new SourceFailed(meaning.reason, options)
      // A renewed reference may expire at once, too: only where no message gives one, which the renewal says, is the file gone.
      case 'reference':
      case 'migrate': case 'unknown-key': case 'bad-request': case 'duplicate': case 'bad-button': case 'failed':
        return new SourceFailed(meaning.reason, options)
    }
  }

  return async function fetchPart (part: Part, onSent: () => void, signal: AbortSignal): Promise<Uint8Array> {
    const mended = new Set<Meaning['kind']>()
    while (true) {
      signal.throwIfAborted()
      const location = locations.of(part.fileId)
      try {
        return await fetchOnce(location, part, onSent, signal)
      } catch (error) {
        signal.throwIfAborted()
        const meaning = meaningOf(error)
        if (mended.has(meaning.kind)) throw sourceError(error, meaning, location.dcId)
        mended.add(meaning.kind)
        const mendable = await mend(meaning, part, location, signal).catch(mendError => {
          signal.throwIfAborted()
          throw sourceError(mendError, meaningOf(mendError), location.dcId)
        })
        if (!mendable) throw sourceError(error, meaning, location.dcId)
      }
    }
  }
}

function sameReference (a: FileLocation, b: FileLocation): boolean {
  return Buffer.from(a.reference).equals(b.reference)
}
