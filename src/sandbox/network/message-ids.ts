/** The message ids of MTProto: unix time in seconds times 2^32, rising (core.telegram.org/mtproto/description). */

/** The id that belongs to a time in ms, a multiple of 4. */
export function messageIdAt (nowMs: number): bigint {
  return ((BigInt(Math.floor(nowMs)) << 32n) / 1000n) & ~3n
}

/** Makes the server's ids for one session, strictly rising: 1 modulo 4 for what answers a client's message, else 3. */
export function createMessageIds (now: () => number): (answers: boolean) => bigint {
  let last = 0n
  return answers => {
    const earliest = messageIdAt(now())
    last = earliest > last ? earliest : last + 4n
    return last | (answers ? 1n : 3n)
  }
}

/** A client's id that cannot be accepted at `now` (ms), as the code of `bad_msg_notification`: 18 no multiple of 4, 16 too old, 17 too new. */
export function badMessageId (id: bigint, now: number): 16 | 17 | 18 | null {
  if ((id & 3n) !== 0n) return 18
  const seconds = id >> 32n
  const current = BigInt(Math.floor(now / 1000))
  if (seconds < current - 300n) return 16
  return seconds > current + 30n ? 17 : null
}
