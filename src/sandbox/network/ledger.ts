/** How a call ended: `ok` answered, `failed` answered with an error. */
export type Outcome = 'ok' | 'failed'

/** One message received from the client. Only calls have an `outcome`; `answerId` is the message that answered it. */
export interface Receipt {
  readonly sequence: number
  outcome?: Promise<Outcome>
  answerId?: bigint
  dropped?: boolean
}

/** What one session has received, as far back as it is remembered. */
export interface Ledger {
  /**
   * Why a message may not be taken now, as the code of `bad_msg_notification`: 20 older than anything remembered, 32 or 33 its
   * sequence number too low or too high beside its neighbours'.
   */
  problem (id: bigint, sequence: number): 20 | 32 | 33 | null
  take (id: bigint, sequence: number): Receipt
  find (id: bigint): Receipt | undefined
}

const remembered = 4096

/** An empty ledger. */
export function createLedger (): Ledger {
  const receipts = new Map<bigint, Receipt>()
  let forgotten = 0n
  let newest = 0n

  const forgetOldest = (): void => {
    for (const id of receipts.keys()) {
      if (receipts.size <= remembered) return
      receipts.delete(id)
      if (id > forgotten) forgotten = id
    }
  }
  return {
    problem: (id, sequence) => {
      if (id <= forgotten) return 20
      // In order, the newest alone tells; its sequence number is the highest of all.
      const last = receipts.get(newest)
      const neighbours = last === undefined || id < newest ? receipts : new Map([[newest, last]])
      return outOfOrder(id, sequence, neighbours)
    },
    take: (id, sequence) => {
      const receipt: Receipt = { sequence }
      receipts.set(id, receipt)
      if (id > newest) newest = id
      forgetOldest()
      return receipt
    },
    find: id => receipts.get(id)
  }
}

/** core.telegram.org/mtproto/service_messages_about_messages: an equal number is wrong where it is odd. */
function outOfOrder (id: bigint, sequence: number, receipts: Map<bigint, Receipt>): 32 | 33 | null {
  const collides = (other: number): boolean => other === sequence && sequence % 2 === 1
  for (const [otherId, other] of receipts) {
    if (otherId < id && (other.sequence > sequence || collides(other.sequence))) return 32
    if (otherId > id && (other.sequence < sequence || collides(other.sequence))) return 33
  }
  return null
}
