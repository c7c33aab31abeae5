import type { FileContent } from '../world/content.js'
import { type FileKind, type FileSpec, makeFile, type StoredFile } from '../world/files.js'
import { accessHash, fileReference } from '../world/references.js'
import type { Actor, Stage } from './stage.js'

/** A file that can be sent: the same one, wherever and however often it is sent. */
export interface SandboxFile {
  readonly stored: StoredFile
  readonly id: bigint
  /** The bytes; of a photo, those of its largest size. */
  readonly content: FileContent
  readonly dcId: number
  /** From now on another data centre holds it. */
  moveTo (dcId: number): void
}

/** What to make, and where it is kept; without `dcId`, in the home data centre. */
export interface SandboxFileSpec extends FileSpec {
  readonly kind: FileKind
  readonly dcId?: number
}

/** How one account reaches a file. `thumbSize` is empty for documents, the largest size's letter for photos. */
export interface FileLocation {
  readonly id: bigint
  readonly accessHash: bigint
  readonly fileReference: Buffer
  readonly dcId: number
  readonly thumbSize: string
}

/** Makes a file. Throws where there is no such data centre. */
export function newFile (stage: Stage, spec: SandboxFileSpec): SandboxFile {
  const { world } = stage
  const dcId = spec.dcId ?? world.homeDc
  if (!world.dcIds.includes(dcId)) throw new RangeError(`there is no data centre ${dcId}, only ${world.dcIds.join(', ')}`)
  const stored = makeFile(spec, world.secrets.id('file', ++world.made), dcId, stage.time())
  world.files.set(stored.id, stored)
  return sandboxFile(stored)
}

/** The scripting side of a file. */
export function sandboxFile (stored: StoredFile): SandboxFile {
  return {
    stored,
    id: stored.id,
    content: contentOf(stored),
    get dcId () { return stored.dcId },
    moveTo: dcId => { stored.dcId = dcId }
  }
}

/** What `who` has been, or would be, told about a file, with a fresh reference. */
export function locationFor ({ world }: Stage, { account }: Actor, { stored }: SandboxFile): FileLocation {
  return {
    id: stored.id,
    accessHash: accessHash(world, account, stored.kind, stored.id),
    fileReference: fileReference(world, account, stored),
    dcId: stored.dcId,
    thumbSize: stored.kind === 'photo' ? stored.sizes.at(-1)?.letter ?? '' : ''
  }
}

function contentOf (stored: StoredFile): FileContent {
  if (stored.kind === 'document') return stored.content
  const largest = stored.sizes.at(-1)
  if (largest === undefined) throw new Error('a photo without sizes')
  return largest.content
}
