import { serializeBytes } from 'telegram/tl/index.js'

/** The constructors that the transport itself reads or writes. */
export const ids = {
  boolFalse: 0xbc799737,
  boolTrue: 0x997275b5,
  vector: 0x1cb5c415,
  msgContainer: 0x73f1f8dc,
  gzipPacked: 0x3072cfa1,
  rpcResult: 0xf35c6d01,
  rpcError: 0x2144ca19,
  msgsAck: 0x62d6b459,
  msgsStateInfo: 0x04deb57d,
  badMsgNotification: 0xa7eff811,
  badServerSalt: 0xedab447b,
  newSessionCreated: 0x9ec20908,
  pong: 0x347773c5,
  futureSalts: 0xae500895,
  destroySessionOk: 0xe22045fc,
  destroySessionNone: 0x62d350c9,
  answerUnknown: 0x5e2ad36e,
  answerDroppedRunning: 0xcd78e586,
  answerDropped: 0xa43ad8b7,
  uploadFile: 0x096a18d5,
  /** No type has it. */
  laterLayer: 0xdeadbeef
} as const

/** A 32-bit number, signed or not. */
export function int (value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(value | 0)
  return bytes
}

/** A signed 64-bit number. */
export function long (value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64LE(BigInt.asIntN(64, value))
  return bytes
}

/** `bytes` or `string`: with its length in front, padded to 4. At most 16 MiB - 1. */
export function bytes (value: Buffer | string): Buffer {
  return serializeBytes(value)
}

/** A boxed `Vector<long>`. */
export function longVector (values: readonly bigint[]): Buffer {
  return Buffer.concat([int(ids.vector), int(values.length), ...values.map(long)])
}

/** Eight bytes as 16 hex digits, in the order in which they travel. */
export function hex (value: Uint8Array): string {
  return Buffer.from(value).toString('hex')
}
