import { randomBytes } from 'node:crypto'

/** A salt and when it is accepted, in ms. */
export interface Salt {
  readonly value: bigint
  readonly since: number
  readonly until: number
}

/** The salts of one key: a new one every 30 minutes, each accepted for 30 minutes more (core.telegram.org/mtproto/description). */
export interface Salts {
  /** The newest salt in force. */
  current (now: number): bigint
  accepts (value: bigint, now: number): boolean
  /** The salt in force and those after it, `count` in all. */
  future (count: number, now: number): Salt[]
  /** Begins a new salt; none of the earlier ones is accepted any more. */
  rotate (now: number): void
}

const stepMs = 30 * 60 * 1000

/** `first` is the salt that follows from the key exchange at `now`, in ms. */
export function createSalts (first: bigint, now: number): Salts {
  let salts = [saltAt(first, now)]

  const extend = (until: number): void => {
    let last = salts.at(-1)
    while (last !== undefined && last.since + stepMs <= until) {
      last = saltAt(randomSalt(), last.since + stepMs)
      salts.push(last)
    }
  }
  const inForce = (now: number): Salt[] => {
    extend(now)
    salts = salts.filter(salt => salt.until > now)
    return salts.filter(salt => salt.since <= now)
  }
  return {
    current: now => inForce(now).at(-1)?.value ?? first,
    accepts: (value, now) => inForce(now).some(salt => salt.value === value),
    future: (count, now) => {
      const newest = inForce(now).length - 1
      extend(now + count * stepMs)
      return salts.slice(Math.max(newest, 0)).slice(0, count)
    },
    rotate: now => { salts = [saltAt(randomSalt(), now)] }
  }
}

function saltAt (value: bigint, since: number): Salt {
  return { value, since, until: since + 2 * stepMs }
}

function randomSalt (): bigint {
  return randomBytes(8).readBigInt64LE()
}
