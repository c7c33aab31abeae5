import { createHash } from 'node:crypto'
import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { fromLong, toLong } from '../tl/long.js'
import type { FileContent } from '../world/content.js'
import { pictureOf, type StoredFile } from '../world/files.js'
import { accessHash, referenceError } from '../world/references.js'
import { serializeFile } from './file-answer.js'
import { type Caller, method, type Method, refuseIf } from './method.js'
import { partProblem } from './part-rules.js'

/** `upload.getFile` and `upload.getFileHashes`. */
export const fileMethods: readonly Method[] = [
  method(Api.upload.GetFile, getFile),
  method(Api.upload.GetFileHashes, getFileHashes)
]

/** A hash covers this many bytes. */
const HASHED = 128 * 1024

function getFile (request: Api.upload.GetFile, caller: Caller): Uint8Array[] {
  const { settings } = caller.world
  const offset = Number(request.offset)
  const problem = partProblem(offset, request.limit, request.precise === true)
  if (problem !== null) throw new RpcError(400, problem)
  const { file, content, mimeType } = locate(caller, request.location)
  refuseIf(offset >= content.size && settings.pastTheEnd === 'OFFSET_INVALID', 'OFFSET_INVALID')
  return serializeFile(mimeType, file.date, content.read(offset, request.limit))
}

function getFileHashes (request: Api.upload.GetFileHashes, caller: Caller): Api.FileHash[] {
  const { content } = locate(caller, request.location)
  const first = Number(request.offset)
  refuseIf(first < 0 || first % HASHED !== 0, 'OFFSET_INVALID')
  const count = Math.max(0, Math.min(8, Math.ceil((content.size - first) / HASHED)))
  return Array.from({ length: count }, (_, index) => hashAt(content, first + index * HASHED))
}

function hashAt (content: FileContent, offset: number): Api.FileHash {
  const bytes = content.read(offset, HASHED)
  return new Api.FileHash({ offset: toLong(offset), limit: bytes.length, hash: createHash('sha256').update(bytes).digest() })
}

interface Located { readonly file: StoredFile, readonly content: FileContent, readonly mimeType: string }

/** The bytes that a location names. Throws Telegram's error where it is not the caller's, is out of date or names nothing. */
function locate (caller: Caller, location: unknown): Located {
  if (location instanceof Api.InputDocumentFileLocation) return pick(checked(caller, location, 'document'), location.thumbSize)
  if (location instanceof Api.InputPhotoFileLocation) return pick(checked(caller, location, 'photo'), location.thumbSize)
  throw new RpcError(400, 'LOCATION_INVALID')
}

function checked (caller: Caller, location: Api.InputDocumentFileLocation | Api.InputPhotoFileLocation, kind: StoredFile['kind']): StoredFile {
  const { world, account, call } = caller
  const file = world.files.get(fromLong(location.id))
  if (file === undefined || file.kind !== kind) throw new RpcError(400, 'FILE_ID_INVALID')
  refuseIf(fromLong(location.accessHash) !== accessHash(world, account, kind, file.id), 'LOCATION_INVALID')
  const stale = world.settings.enforceReferences ? referenceError(world, account, file, location.fileReference) : null
  if (stale !== null) throw new RpcError(400, stale)
  refuseIf(file.dcId !== call.dcId, `FILE_MIGRATE_${file.dcId}`, 303)
  return file
}

function pick (file: StoredFile, letter: string): Located {
  if (file.kind === 'document' && letter === '') return { file, content: file.content, mimeType: file.mimeType }
  const picture = pictureOf(file, letter)
  if (picture === null) throw new RpcError(400, 'LOCATION_INVALID')
  return { file, content: picture.content, mimeType: 'image/jpeg' }
}
