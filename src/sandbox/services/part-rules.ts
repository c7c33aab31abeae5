const KIB = 1024
const MIB = 1024 * KIB

/**
 * What is wrong with asking for `[offset, offset + limit)`, in Telegram's words; `null` when nothing is.
 * core.telegram.org/api/files#downloading-files.
 */
export function partProblem (offset: number, limit: number, precise: boolean): 'OFFSET_INVALID' | 'LIMIT_INVALID' | null {
  const unit = precise ? KIB : 4 * KIB
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % unit !== 0) return 'OFFSET_INVALID'
  if (limit <= 0 || limit > MIB || limit % unit !== 0) return 'LIMIT_INVALID'
  if (!precise && MIB % limit !== 0) return 'LIMIT_INVALID'
  const sameBlock = Math.floor(offset / MIB) === Math.floor((offset + limit - 1) / MIB)
  return sameBlock ? null : 'LIMIT_INVALID'
}
