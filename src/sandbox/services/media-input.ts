import { Api } from 'telegram'
import { RpcError } from '../network/types.js'
import { fromLong } from '../tl/long.js'
import { readAttribute } from '../tl/attributes.js'
import { makeFile, type StoredFile } from '../world/files.js'
import { accessHash, referenceError } from '../world/references.js'
import { assemble } from '../world/uploads.js'
import { unixTime } from '../world/world.js'
import { type Caller, refuseIf } from './method.js'

/** The file that an InputMedia names or brings. Throws Telegram's errors; kinds other than files are refused. */
export function mediaOf (caller: Caller, media: unknown): StoredFile {
  if (media instanceof Api.InputMediaDocument) {
    refuseIf(typeof media.ttlSeconds === 'number', 'TTL_MEDIA_INVALID')
    return existing(caller, media.id, 'document')
  }
  if (media instanceof Api.InputMediaPhoto) {
    refuseIf(typeof media.ttlSeconds === 'number', 'TTL_MEDIA_INVALID')
    return existing(caller, media.id, 'photo')
  }
  if (media instanceof Api.InputMediaUploadedDocument) return uploadedDocument(caller, media)
  if (media instanceof Api.InputMediaUploadedPhoto) return uploadedPhoto(caller, media)
  throw new RpcError(400, media instanceof Api.InputMediaEmpty ? 'MEDIA_EMPTY' : 'MEDIA_INVALID')
}

function existing ({ world, account }: Caller, input: unknown, kind: StoredFile['kind']): StoredFile {
  const named = input instanceof Api.InputDocument || input instanceof Api.InputPhoto
  const file = named ? world.files.get(fromLong(input.id)) : undefined
  if (!named || file === undefined || file.kind !== kind) throw new RpcError(400, 'MEDIA_EMPTY')
  refuseIf(fromLong(input.accessHash) !== accessHash(world, account, kind, file.id), 'MEDIA_EMPTY')
  const stale = world.settings.enforceReferences ? referenceError(world, account, file, input.fileReference) : null
  if (stale !== null) throw new RpcError(400, stale)
  return file
}

function uploadedDocument (caller: Caller, media: Api.InputMediaUploadedDocument): StoredFile {
  const { world, call } = caller
  const content = uploadedContent(caller, media.file)
  const id = world.secrets.id('file', ++world.made)
  const { mimeType } = media
  refuseIf(!/^[\w.+-]+\/[\w.+-]+$/.test(mimeType), 'MEDIA_INVALID')
  const file: StoredFile = { kind: 'document', id, dcId: call.dcId, date: unixTime(world), content, mimeType, attributes: media.attributes.flatMap(readAttribute), thumbs: [] }
  world.files.set(id, file)
  return file
}

function uploadedPhoto (caller: Caller, media: Api.InputMediaUploadedPhoto): StoredFile {
  const { world, call } = caller
  const content = uploadedContent(caller, media.file)
  const id = world.secrets.id('file', ++world.made)
  const file = makeFile({ kind: 'photo', content }, id, call.dcId, unixTime(world))
  world.files.set(id, file)
  return file
}

function uploadedContent ({ world, account }: Caller, file: unknown) {
  if (!(file instanceof Api.InputFile || file instanceof Api.InputFileBig)) throw new RpcError(400, 'MEDIA_INVALID')
  const name = `${account.id}:${file.id}`
  const upload = world.uploads.get(name)
  if (upload === undefined) throw new RpcError(400, 'FILE_PART_0_MISSING')
  refuseIf((file instanceof Api.InputFileBig) !== (upload.total !== null), 'FILE_PARTS_INVALID')
  const content = assemble(upload, file.parts, file instanceof Api.InputFile ? file.md5Checksum : null)
  if (typeof content === 'string') throw new RpcError(400, content)
  world.uploads.delete(name)
  return content
}
