import type { FastifyRequest } from 'fastify'
import { FileGone } from '../errors.js'
import type { LinkQuery, Verdict } from '../links/links.js'
import type { MediaId } from '../media.js'
import { databaseUnreachable, Problem } from './errors.js'
import type { FoundFile, HttpParts } from './parts.js'
import type { Guesses } from './rate-limit.js'

/** The file that a link leads to. Throws a Problem, or FileGone where no bot can read it. */
export type FindFile = (request: FastifyRequest, idInPath: string, query: LinkQuery) => Promise<FoundFile>

/**
 * Finds files by links. Where links are signed, a wrong link is refused with the same words after the same work whether there is such a
 * file or not: what is remembered while the database is away lets somebody in, and turns nobody away.
 */
export function createFindFile ({ findMedia, links }: Pick<HttpParts, 'findMedia' | 'links'>, guesses: Guesses): FindFile {
  return async (request, idInPath, query) => {
    const id = mediaId(idInPath)
    const found = await findMedia(id, ({ link }) => links.judge(id, query, link) === 'good').catch((cause: unknown) => { throw databaseUnreachable(cause) })
    const refusal = refusalOf(links.judge(id, query, found?.link ?? null))
    if (refusal === null && found !== null) {
      await guesses.check(request)
      if (found.copies.length === 0) throw new FileGone(id)
      return found
    }
    await guesses.miss(request)
    throw refusal ?? new Problem('UNKNOWN_FILE', `no file has the id ${id}: check that the link is complete`)
  }
}

function refusalOf (verdict: Verdict): Problem | null {
  switch (verdict) {
    case 'good': return null
    case 'expired': return new Problem('LINK_EXPIRED', 'this link was good for a limited time, which is over: ask whoever gave it to you for a new one')
    case 'refused': return new Problem('LINK_REFUSED', 'this link is not valid: it may be incomplete, or was revoked. Check that it is complete, or ask whoever gave it to you for a new one')
  }
}

function mediaId (text: string): MediaId {
  if (!isMediaId(text)) throw new Problem('BAD_REQUEST', 'the id in the path must be 1 to 64 letters, digits, - and _: check that the link is complete')
  return text
}

function isMediaId (text: string): text is MediaId {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text)
}
