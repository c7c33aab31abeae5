import bigInt from 'big-integer'
import { Api } from 'telegram'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'

/** `vector#1cb5c415 {t:Type} # [ t ] = Vector t`. core.telegram.org/mtproto/TL-formal */
const vectorId = 0x1cb5c415

/**
 * Seam: makes GramJS read 64-bit numbers, and write those of acknowledgements, as such; for the whole process. It goes through
 * hexadecimal text and a division for each byte, which made a third of all garbage of a server with many viewers.
 */
export function installLongNumbers (): void {
  BinaryReader.prototype.readLargeInt = readLargeInt
  Object.assign(Api.MsgsAck.prototype, { getBytes: acknowledgementBytes })
}

/** GramJS's own. */
const readAnyInt = BinaryReader.prototype.readLargeInt

function readLargeInt (this: BinaryReader, bits: number, signed = true): bigInt.BigInteger {
  if (bits !== 64) return readAnyInt.call(this, bits, signed)
  const bytes = this.read(8)
  return bigInt(signed ? bytes.readBigInt64LE(0) : bytes.readBigUInt64LE(0))
}

/** `msgs_ack#62d6b459 msg_ids:Vector<long> = MsgsAck`. core.telegram.org/mtproto/service_messages_about_messages */
function acknowledgementBytes (this: Api.MsgsAck): Buffer {
  const bytes = Buffer.allocUnsafe(12 + 8 * this.msgIds.length)
  bytes.writeUInt32LE(this.CONSTRUCTOR_ID, 0)
  bytes.writeUInt32LE(vectorId, 4)
  bytes.writeInt32LE(this.msgIds.length, 8)
  for (const [index, id] of this.msgIds.entries()) bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(id.toString())), 12 + 8 * index)
  return bytes
}
