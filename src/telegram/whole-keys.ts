import gramjsHelpers from 'telegram/Helpers.js'

/** The length of an authorisation key, and of what it is made from, in bytes. core.telegram.org/mtproto/auth_key */
const keyLength = 256

const shorten = gramjsHelpers.getByteArray

/**
 * Seam: makes GramJS keep the zeros that a key begins with, for the whole process. It writes numbers as short as they are, so that one key
 * exchange in 256 ended with another key than Telegram's. No other number that it writes is nearly as long.
 */
export function installWholeKeys (): void {
  Object.assign(gramjsHelpers, { getByteArray })
}

function getByteArray (...args: Parameters<typeof shorten>): Buffer {
  const bytes = shorten(...args)
  const missing = keyLength - bytes.length
  return missing > 0 && missing <= keyLength / 2 ? Buffer.concat([Buffer.alloc(missing), bytes]) : bytes
}
