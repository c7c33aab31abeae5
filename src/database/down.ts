/**
 * Whether an error means that the database serves nobody at this moment: its machine refuses connections, or it is starting
 * or stopping (`cannot_connect_now`). Silence and broken connections mean no such thing: others may still reach it. A refusal is taken
 * for everybody's, which holds where all processes reach the database by the same way: docs/leases.md.
 */
export function isDownForAll (error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isDownForAll)
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  // A local socket that is not there is refused as ENOENT. https://www.postgresql.org/docs/15/errcodes-appendix.html
  if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === '57P03') return true
  return error.cause !== undefined && isDownForAll(error.cause)
}
