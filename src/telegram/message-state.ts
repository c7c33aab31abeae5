import { randomBytes } from 'node:crypto'
import bigInt from 'big-integer'
import type { AuthKey } from 'telegram/crypto/AuthKey.js'
import { SecurityError } from 'telegram/errors/index.js'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import type { BinaryWriter } from 'telegram/extensions/index.js'
import { MTProtoState } from 'telegram/network/MTProtoState.js'
import { Api } from 'telegram'
import { GZIPPacked, RPCResult, TLMessage } from 'telegram/tl/core/index.js'
import { BadMessage, openEnvelope, sealEnvelope, type Secrets, type ServerMessage } from './envelope.js'
import { keyIdOf } from './message-keys.js'
import { silentLogger } from './transport.js'

/** How many message ids are remembered, to notice one that comes twice. As many as GramJS does. */
const remembered = 500

/**
 * Seam: GramJS's MTProtoState, which encrypts and numbers the messages of one session, without its copies (five of every
 * part of a file) and its 64-bit numbers by way of hexadecimal text. It checks what GramJS leaves out: session, parity of
 * ids, length and padding. What fails that, `onBad` is told, and it is thrown, upon which GramJS's receive loop ends the
 * connection; a message that came before is a SecurityError, which the loop ignores. A message that GramJS cannot read, as of
 * a later layer, is dropped by the loop, and `onUnreadable` is told.
 */
export class MessageState extends MTProtoState {
  readonly #authKey: AuthKey
  readonly #onBad: (error: BadMessage) => void
  readonly #onUnreadable: () => void
  readonly #sessionId = randomBytes(8)
  readonly #seen = new Set<bigint>()
  #secrets: Secrets | null = null
  #lastId = 0n

  constructor (authKey: AuthKey, onBad: (error: BadMessage) => void, onUnreadable: () => void = () => {}) {
    super(authKey, silentLogger, true)
    this.#authKey = authKey
    this.#onBad = onBad
    this.#onUnreadable = onUnreadable
  }

  override async decryptMessageData (payload: Buffer): Promise<TLMessage> {
    const { messageId, sequence, body } = await this.#open(payload)
    this.#note(messageId)
    return new TLMessage(bigInt(messageId), sequence, this.#read(body))
  }

  #read (body: Buffer): unknown {
    try {
      return readObject(body)
    } catch (error) {
      this.#onUnreadable()
      throw error
    }
  }

  override async encryptMessageData (message: Buffer): Promise<Buffer> {
    return sealEnvelope(message, asBigInt(this.salt), this.#known())
  }

  override async writeDataAsMessage (buffer: BinaryWriter, data: Buffer, contentRelated: boolean, afterId?: bigInt.BigInteger): Promise<bigInt.BigInteger> {
    if (afterId !== undefined) return await super.writeDataAsMessage(buffer, data, contentRelated, afterId)
    const id = this._getNewMsgId()
    const head = Buffer.allocUnsafe(16)
    head.writeBigInt64LE(asBigInt(id), 0)
    head.writeInt32LE(this._getSeqNo(contentRelated), 8)
    head.writeInt32LE(data.length, 12)
    buffer.write(head)
    buffer.write(data)
    return id
  }

  /** Seconds since 1970 in the upper half, and a fraction in the lower one; divisible by four, and always rising. */
  override _getNewMsgId (): bigInt.BigInteger {
    const now = Date.now() + this.timeOffset * 1_000
    const seconds = Math.floor(now / 1_000)
    const nanoseconds = Math.max(Math.floor((now - seconds * 1_000) * 1e6), 1)
    const id = BigInt(seconds) << 32n | BigInt(nanoseconds) << 2n
    this.#lastId = id > this.#lastId ? id : this.#lastId + 4n
    return bigInt(this.#lastId)
  }

  override updateTimeOffset (correctId: bigInt.BigInteger): number {
    const offset = Number(asBigInt(correctId) >> 32n) - Math.floor(Date.now() / 1_000)
    if (offset !== this.timeOffset) this.#lastId = 0n
    this.timeOffset = offset
    return offset
  }

  async #open (payload: Buffer): Promise<ServerMessage> {
    try {
      return await openEnvelope(payload, this.#known())
    } catch (error) {
      if (error instanceof BadMessage) this.#onBad(error)
      throw error
    }
  }

  #known (): Secrets {
    const authKey = this.#authKey.getKey()
    if (authKey === undefined) throw new Error('there is no key yet')
    this.#secrets ??= { authKey, keyId: keyIdOf(authKey), sessionId: this.#sessionId }
    return this.#secrets
  }

  #note (messageId: bigint): void {
    if (this.#seen.has(messageId)) throw new SecurityError('a message that came before')
    this.#seen.add(messageId)
    for (const oldest of this.#seen) {
      if (this.#seen.size <= remembered) return
      this.#seen.delete(oldest)
    }
  }
}

/** As GramJS reads it, or the promise of that; the answer to a call without detours, for it may hold a part of a file. */
function readObject (body: Buffer): unknown {
  return isPlainAnswer(body) ? new RPCResult(bigInt(body.readBigInt64LE(4)), body.subarray(12)) : new BinaryReader(body).tgReadObject()
}

/** `rpc_result#f35c6d01 req_msg_id:long result:Object`, neither an error nor packed. */
function isPlainAnswer (body: Buffer): boolean {
  if (body.length < 16 || body.readUInt32LE(0) !== RPCResult.CONSTRUCTOR_ID) return false
  const id = body.readUInt32LE(12)
  return id !== Api.RpcError.CONSTRUCTOR_ID && id !== GZIPPacked.CONSTRUCTOR_ID
}

function asBigInt (value: bigInt.BigInteger): bigint {
  return BigInt.asIntN(64, BigInt(value.toString()))
}
