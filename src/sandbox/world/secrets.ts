import { createHmac } from 'node:crypto'

/** Values that only the server can make: the same parts always give the same value. */
export interface Secrets {
  /** 32 bytes. */
  digest(...parts: ReadonlyArray<string | number | bigint>): Buffer
  /** A signed 64-bit number, never 0. */
  hash(...parts: ReadonlyArray<string | number | bigint>): bigint
  /** A positive 63-bit number, never 0. */
  id(...parts: ReadonlyArray<string | number | bigint>): bigint
}

/** Secrets derived from `seed`. */
export function createSecrets (seed: string): Secrets {
  const digest: Secrets['digest'] = (...parts) => createHmac('sha256', seed).update(parts.join('\0')).digest()
  return {
    digest,
    hash: (...parts) => digest(...parts).readBigInt64LE() || 1n,
    id: (...parts) => BigInt.asUintN(62, digest(...parts).readBigUInt64LE()) || 1n
  }
}
