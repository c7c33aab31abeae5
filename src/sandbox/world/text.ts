/** A stretch of formatted text: UTF-16 units, as Telegram counts. `url` only for `textUrl`. */
export interface TextEntity {
  readonly type: 'mention' | 'hashtag' | 'botCommand' | 'url' | 'email' | 'bold' | 'italic' | 'code' | 'pre' | 'textUrl' | 'strike' | 'underline' | 'spoiler' | 'blockquote'
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
}

/** A button below a message. */
export type Button =
  | { readonly kind: 'url', readonly text: string, readonly url: string }
  | { readonly kind: 'callback', readonly text: string, readonly data: Buffer }
  | { readonly kind: 'copy', readonly text: string, readonly copyText: string }
  | { readonly kind: 'switch', readonly text: string, readonly query: string, readonly samePeer: boolean }

/** Rows of buttons. */
export type Markup = ReadonlyArray<readonly Button[]>

/** What Telegram marks by itself in a text, outside the stretches that are marked already. */
export function findEntities (text: string, marked: readonly TextEntity[]): TextEntity[] {
  const found = PATTERNS.flatMap(([type, pattern]) => [...text.matchAll(pattern)].map(match => entityOf(type, match)))
  return [...marked, ...found.filter(entity => !marked.some(other => overlap(entity, other)))].sort((a, b) => a.offset - b.offset)
}

const PATTERNS: ReadonlyArray<readonly [TextEntity['type'], RegExp]> = [
  ['botCommand', /(?<![\w/])\/[A-Za-z]\w{0,63}(?:@\w+)?/g],
  ['mention', /(?<![\w/])@[A-Za-z]\w{3,31}/g],
  ['url', /https?:\/\/[^\s<>"]+/g]
]

function entityOf (type: TextEntity['type'], match: RegExpMatchArray): TextEntity {
  return { type, offset: match.index ?? 0, length: match[0].length }
}

function overlap (a: TextEntity, b: TextEntity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length
}
