import { Api } from 'telegram'

const UPLOAD_FILE = 0x096a18d5

/** `upload.file` as bytes, without copying `bytes`. `mtime` in unix seconds. */
export function serializeFile (mimeType: string, mtime: number, bytes: Uint8Array): Uint8Array[] {
  const prefixLength = bytes.length < 254 ? 1 : 4
  const head = Buffer.alloc(12 + prefixLength)
  head.writeUInt32LE(UPLOAD_FILE)
  head.writeUInt32LE(storageType(mimeType), 4)
  head.writeInt32LE(mtime, 8)
  // TL bytes: one byte of length, or 0xfe and three; then padded to a multiple of four
  if (prefixLength === 1) head.writeUInt8(bytes.length, 12)
  else head.writeUInt32LE((bytes.length << 8 | 0xfe) >>> 0, 12)
  const padding = (4 - (prefixLength + bytes.length) % 4) % 4
  return [head, bytes, new Uint8Array(padding)]
}

function storageType (mimeType: string): number {
  return (TYPES[mimeType] ?? Api.storage.FileUnknown).CONSTRUCTOR_ID
}

const TYPES: Readonly<Record<string, { readonly CONSTRUCTOR_ID: number }>> = {
  'image/jpeg': Api.storage.FileJpeg,
  'image/png': Api.storage.FilePng,
  'image/gif': Api.storage.FileGif,
  'image/webp': Api.storage.FileWebp,
  'video/mp4': Api.storage.FileMp4,
  'video/quicktime': Api.storage.FileMov,
  'audio/mpeg': Api.storage.FileMp3,
  'application/pdf': Api.storage.FilePdf
}
