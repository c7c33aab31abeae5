import { writeContainer } from './container.js'

/** How a frame is spoilt on its way: half of it, a wrong checksum, a flipped bit in what is encrypted. */
export type Damage = 'cut' | 'crc' | 'payload'

/** A message for the client. `answers`: it answers one of the client's; `content`: the client must acknowledge it. */
export interface OutgoingMessage {
  readonly parts: readonly Uint8Array[]
  readonly answers: boolean
  readonly content: boolean
  /** Sent in a frame of its own. */
  readonly alone?: boolean
  readonly damage?: Damage | undefined
}

/** A message with its number. `length` is that of its parts together. */
export interface NumberedMessage extends OutgoingMessage {
  readonly messageId: bigint
  readonly sequence: number
  readonly length: number
}

/** The messages that leave in one frame. */
type Group = readonly NumberedMessage[]

/** What one frame carries. */
export interface Parcel {
  readonly messageId: bigint
  readonly sequence: number
  readonly parts: readonly Uint8Array[]
  readonly damage: Damage | undefined
}

const small = 64 * 1024
const mostTogether = 512 * 1024
const mostMessages = 1000

/** Joins neighbours that may share a frame, so that what became ready together travels in one container. */
export function joinGroups (groups: readonly Group[]): Group[] {
  const joined: NumberedMessage[][] = []
  let room = 0
  for (const group of groups) {
    const size = group.reduce((sum, message) => sum + message.length, 0)
    const last = joined.at(-1)
    if (last !== undefined && mayJoin(group) && size <= room && last.length < mostMessages) last.push(...group)
    else joined.push([...group])
    room = last !== undefined && last === joined.at(-1) ? room - size : mayJoin(group) ? mostTogether - size : 0
  }
  return joined
}

function mayJoin ([message, ...others]: Group): boolean {
  return message !== undefined && others.length === 0 && message.length <= small && message.alone !== true && message.damage === undefined
}

/** A group as the content of a frame: the message itself, or a container numbered by `number`. */
export function wrapGroup (group: Group, number: () => { messageId: bigint, sequence: number }): Parcel | null {
  const [first, ...others] = group
  if (first === undefined) return null
  const damage = group.find(message => message.damage !== undefined)?.damage
  if (others.length === 0) return { messageId: first.messageId, sequence: first.sequence, parts: first.parts, damage }
  return { ...number(), parts: writeContainer(group), damage }
}
