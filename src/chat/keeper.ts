import type { LinkMaker } from '../links/links.js'
import type { LinkState, MediaFile, MediaId, MessageContent } from '../media.js'
import { type FileAction, linkContent, revokedContent, type Rights } from './link.js'

/** A file, what was done to its links, and who sent it: users' ids, and `0` for nobody in particular. */
export interface KnownFile {
  readonly file: MediaFile
  readonly link: LinkState
  readonly senders: readonly string[]
}

export interface KeeperOptions {
  /** `null` where there is no such file. */
  find (id: MediaId): Promise<KnownFile | null>
  /** Ends all links of a file; where links are not signed, nobody may download it any more. Once for each `occasion`: resolves with whether it was the first time. */
  revoke (id: MediaId, occasion: string): Promise<boolean>
  unblock (id: MediaId): Promise<void>
  isOwner (userId: string): boolean
  readonly links: LinkMaker
}

/** What came of an action: what the user is told in passing, and what stands in the file's message now; `null`: what stood there. */
export interface Outcome {
  readonly said: string
  readonly isRefusal: boolean
  readonly content: MessageContent | null
}

/** Decides who may do what with a file's links, and does it. */
export interface Keeper {
  /** What to write about a file for this reader; `null` where it is unknown. */
  describe (id: MediaId, userId: string | null): Promise<MessageContent | null>
  /** `occasion` names the press or message that asks. */
  act (action: FileAction, id: MediaId, userId: string, occasion: string): Promise<Outcome>
}

const notTheirs = 'I know no file of yours with that link or id.'
const notAlone = 'Others have sent this file, too: only the owner of this bot may block it.'
const revoked = 'Revoked.'
const ownersOnly = 'Only the owner of this bot may unblock a file.'

/** A keeper of files. */
export function createKeeper ({ find, revoke, unblock, isOwner, links }: KeeperOptions): Keeper {
  const isTheirs = ({ senders }: KnownFile, userId: string) => isOwner(userId) || senders.includes(userId)
  // To block what others sent as well would take it away from them, with no way back.
  const mayRevoke = (known: KnownFile, userId: string) => isTheirs(known, userId) && (isOwner(userId) || links.signed || known.senders.length === 1)
  const rightsOf = (known: KnownFile, userId: string | null): Rights => userId === null
    ? { mayRevoke: false, mayUnblock: false }
    : { mayRevoke: mayRevoke(known, userId), mayUnblock: isOwner(userId) }

  const actions: Record<FileAction, (known: KnownFile, userId: string, occasion: string) => Promise<Outcome>> = {
    revoke: async (known, userId, occasion) => {
      if (!mayRevoke(known, userId)) return refusal(notAlone)
      // Another process was told of the same press, and changes the message; by now it may show a new link.
      if (!await revoke(known.file.id, occasion)) return { said: revoked, isRefusal: false, content: null }
      const isBlocked = !links.signed || known.link.blocked
      return done(revoked, revokedContent(known.file, isBlocked, rightsOf(known, userId)))
    },
    link: async (known, userId) => done(known.link.blocked ? 'The file is blocked.' : 'A new link.', linkContent(known.file, known.link, links, rightsOf(known, userId))),
    unblock: async (known, userId) => {
      if (!isOwner(userId)) return refusal(ownersOnly)
      await unblock(known.file.id)
      return done('Unblocked.', linkContent(known.file, { ...known.link, blocked: false }, links, rightsOf(known, userId)))
    }
  }

  return {
    describe: async (id, userId) => {
      const known = await find(id)
      return known === null ? null : linkContent(known.file, known.link, links, rightsOf(known, userId))
    },
    act: async (action, id, userId, occasion) => {
      const known = await find(id)
      if (known === null || !isTheirs(known, userId)) return refusal(notTheirs)
      return await actions[action](known, userId, occasion)
    }
  }
}

function refusal (said: string): Outcome {
  return { said, isRefusal: true, content: null }
}

function done (said: string, content: MessageContent): Outcome {
  return { said, isRefusal: false, content }
}
