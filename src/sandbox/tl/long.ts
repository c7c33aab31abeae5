import bigInt from 'big-integer'

/** A number or decimal text as GramJS's 64-bit integer. */
export function toLong (value: bigint | number | string): bigInt.BigInteger {
  return bigInt(value.toString())
}

/** GramJS's 64-bit integer as a bigint. */
export function fromLong (value: bigInt.BigInteger): bigint {
  return BigInt(value.toString())
}
