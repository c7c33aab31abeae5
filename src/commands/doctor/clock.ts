import { bad, doubtful, type Finding, good } from './finding.js'

const about = 'clock'

/** MTProto refuses what is more than 30 s ahead or 300 s behind; this program adjusts, other things do not. core.telegram.org/mtproto/description */
const tolerableSeconds = 30

/** `aheadSeconds`: how far Telegram's clock is ahead of this machine's. */
export function examineClock (aheadSeconds: number): Finding {
  const off = Math.round(Math.abs(aheadSeconds))
  if (off <= tolerableSeconds) return good(about, `agrees with Telegram's to ${off} s`)
  return doubtful(about, `${off} s ${aheadSeconds > 0 ? 'behind' : 'ahead of'} Telegram's`, 'turn on the machine\'s time synchronisation (NTP): links that expire and logs go by its clock')
}

/** Telegram could not be reached, or what `TELEGRAM_SERVER` names in its place. */
export function unreachableTelegram (reason: string, isOther: boolean): Finding {
  if (isOther) return bad('TELEGRAM_SERVER', `cannot be reached: ${reason}`, 'check its host and port, and that a server runs there; Telegram itself is used where TELEGRAM_SERVER is not set')
  return bad('Telegram', `cannot be reached: ${reason}`, 'let this machine open TCP connections to Telegram\'s data centres (port 443); where Telegram is blocked, run Teleferry elsewhere')
}
