import type { RichText, Walk } from '../media.js'

const signs = 20

/** How a walk stands, as a message. */
export function walkText ({ chatId, state, reason, from, to, cursor, messages, files }: Walk): RichText {
  const chat = [{ code: chatId }, '\n']
  if (state === 'failed') return ['Indexing failed: ', ...chat, reason ?? '']
  if (state === 'cancelled') return ['Indexing was stopped: ', ...chat, ...cursor === null ? ['It had not begun.'] : [`${messages} messages, ${files} files. To go on from there: `, { code: `/index ${chatId} ${cursor}` }]]
  const found = `${messages} messages, ${files} files`
  // A walk from beyond the last message ends without a step.
  if (state === 'done') return ['Indexed: ', ...chat, found]
  if (cursor === null || to === null) return ['Indexing begins soon: ', ...chat]
  const share = Math.min(1, (cursor - from) / Math.max(1, to - from + 1))
  const done = Math.round(share * signs)
  return ['Indexing: ', ...chat, { code: `${'█'.repeat(done)}${'░'.repeat(signs - done)}` }, ` ${Math.floor(100 * share)} %\n${found}`]
}
