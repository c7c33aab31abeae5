import { createHash } from 'node:crypto'
import bigInt from 'big-integer'
import type { BotId, ChatId } from '../media.js'

/** What a message is sent for. */
export interface Occasion {
  readonly botId: BotId
  readonly chatId: ChatId
  readonly messageId: number
  readonly purpose: 'reply' | 'copy'
}

/**
 * The `random_id` of a message: the same for the same occasion, so that Telegram refuses a repetition, also after a
 * restart (RANDOM_ID_DUPLICATE). The first 8 bytes of a SHA-256, signed.
 */
export function randomIdFor ({ botId, chatId, messageId, purpose }: Occasion): bigInt.BigInteger {
  const hash = createHash('sha256').update(`${botId}/${chatId}/${messageId}/${purpose}`).digest()
  return bigInt(hash.readBigInt64BE(0))
}
