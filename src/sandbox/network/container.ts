import { ids, int, long } from './tl.js'

/** One message of a container. */
export interface ContainedMessage {
  readonly messageId: bigint
  readonly sequence: number
  readonly body: Buffer
}

const most = 1024

/** The messages of `msg_container`; `null` where it is no valid one: too many, nested, or of another length than its contents. */
export function readContainer (body: Buffer): ContainedMessage[] | null {
  const count = body.length >= 8 ? body.readInt32LE(4) : -1
  if (count < 1 || count > most) return null
  const messages: ContainedMessage[] = []
  let at = 8
  for (let i = 0; i < count; i++) {
    const message = readMessage(body, at)
    if (message === null) return null
    messages.push(message)
    at += 16 + message.body.length
  }
  return at === body.length ? messages : null
}

function readMessage (body: Buffer, at: number): ContainedMessage | null {
  if (body.length < at + 20) return null
  const length = body.readInt32LE(at + 12)
  const end = at + 16 + length
  if (length < 4 || length % 4 !== 0 || end > body.length) return null
  if (body.readUInt32LE(at + 16) === ids.msgContainer) return null
  return { messageId: body.readBigInt64LE(at), sequence: body.readInt32LE(at + 8), body: body.subarray(at + 16, end) }
}

/** A message to be put into a container; `length` is that of its parts together. */
export interface MessageToContain {
  readonly messageId: bigint
  readonly sequence: number
  readonly length: number
  readonly parts: readonly Uint8Array[]
}

/** A container as parts, which hold the messages' own bytes. */
export function writeContainer (messages: readonly MessageToContain[]): Uint8Array[] {
  const parts: Uint8Array[] = [int(ids.msgContainer), int(messages.length)]
  for (const { messageId, sequence, length, parts: body } of messages) {
    parts.push(long(messageId), int(sequence), int(length), ...body)
  }
  return parts
}
