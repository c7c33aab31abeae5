import { Api } from 'telegram'
import type bigInt from 'big-integer'
import { RpcError } from '../network/types.js'
import { partError, type Upload } from '../world/uploads.js'
import { type Caller, method, type Method, refuseIf } from './method.js'

/** Parts of 512 KiB: core.telegram.org/api/files#uploading-files; files up to 10 MiB go as small ones. */
const BIG_PARTS = 8000
const SMALL_PARTS = 20

/** `upload.saveFilePart` and `upload.saveBigFilePart`. */
export const uploadMethods: readonly Method[] = [
  method(Api.upload.SaveFilePart, ({ fileId, filePart, bytes }, caller) => {
    return savePart(uploadOf(caller, fileId, null), filePart, bytes, SMALL_PARTS * 512)
  }),
  method(Api.upload.SaveBigFilePart, ({ fileId, filePart, fileTotalParts, bytes }, caller) => {
    refuseIf(fileTotalParts === 0 || fileTotalParts < -1 || fileTotalParts > BIG_PARTS, 'FILE_PARTS_INVALID')
    return savePart(uploadOf(caller, fileId, fileTotalParts), filePart, bytes, fileTotalParts === -1 ? BIG_PARTS : fileTotalParts)
  })
]

function uploadOf ({ world, account }: Caller, fileId: bigInt.BigInteger, total: number | null): Upload {
  const name = `${account.id}:${fileId}`
  const upload = world.uploads.get(name) ?? { parts: new Map<number, Buffer>(), total }
  world.uploads.set(name, upload)
  if (total !== null) upload.total = total
  return upload
}

function savePart (upload: Upload, index: number, bytes: Buffer, maxParts: number): boolean {
  const problem = partError(upload, index, bytes, maxParts)
  if (problem !== null) throw new RpcError(400, problem)
  upload.parts.set(index, Buffer.from(bytes))
  return true
}
