import type { Account } from './accounts.js'
import type { StoredFile } from './files.js'
import type { World } from './world.js'

const VERSION = 1
const LENGTH = 1 + 4 + 6 + 16

/** A fresh file reference of `file` for `account`: opaque to clients, of no use to other accounts. */
export function fileReference (world: World, account: Account, file: StoredFile): Buffer {
  const head = Buffer.alloc(11)
  head.writeUInt8(VERSION)
  head.writeUInt32LE(world.referenceGeneration, 1)
  head.writeUIntLE(world.now(), 5, 6)
  return Buffer.concat([head, seal(world, account, file, head)])
}

/** What is wrong with a reference, in Telegram's words; `null` when nothing is. */
export function referenceError (world: World, account: Account, file: StoredFile, reference: Buffer): string | null {
  if (reference.length === 0) return 'FILE_REFERENCE_EMPTY'
  const head = reference.subarray(0, 11)
  const genuine = reference.length === LENGTH && reference.subarray(11).equals(seal(world, account, file, head))
  if (!genuine) return 'FILE_REFERENCE_INVALID'
  const ageMs = world.now() - head.readUIntLE(5, 6)
  const current = head.readUInt32LE(1) === world.referenceGeneration && ageMs < world.settings.referenceLifetimeMs
  return current ? null : 'FILE_REFERENCE_EXPIRED'
}

/** The access hash under which `account` knows something: each account has its own. */
export function accessHash (world: World, account: Account, of: 'account' | 'channel' | 'document' | 'photo', id: string | bigint): bigint {
  return world.secrets.hash('access', account.id, of, id)
}

function seal (world: World, account: Account, file: StoredFile, head: Buffer): Buffer {
  return world.secrets.digest('reference', account.id, file.kind, file.id, head.toString('hex')).subarray(0, 16)
}
